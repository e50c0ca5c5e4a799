#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The life of an installation, on a Debian with systemd, the packaged Docker and a Caddy that serves
# somebody's Caddyfile already:
# installed, configured to follow a repository over ssh, rebooted, upgraded, removed, purged.
#   tests/package/package_test.sh FILE.deb      as root
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/lib.sh
. tests/package/machine.sh

deb=$(realpath "$1")
[ "$(id -u)" -eq 0 ] || die "this needs root"
lib_state
machine=$LIB_STATE/machine
mkdir "$machine"
visitor=

cleanup() {
  local code=$?
  trap - EXIT INT TERM
  [ -z "$visitor" ] || kill "$visitor" 2>/dev/null || true
  if [ "$code" -ne 0 ] && [ -s "$machine/pid" ]; then
    say "what the machine's log says last:"
    machine_run "$machine" journalctl --no-pager -n 40 -u mooring -o cat >&2 || true
  fi
  machine_shutdown "$machine"
  stop_all
  exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- words of the play ---
step() { printf '\n%s  (%ds)\n' "$1" "$SECONDS"; }
on() { machine_run "$machine" "$@"; }
# ok WHAT COMMAND...: must succeed; soon: within a minute.
ok() {
  local what=$1
  LAST=
  shift
  "$@" || die "not so: $what${LAST:+; it says: $LAST}"
  echo "  ok  $what"
}
soon() {
  local what=$1
  LAST=
  shift
  wait_until 60 "$@" || die "not so within a minute: $what${LAST:+; it says: $LAST}"
  echo "  ok  $what"
}
says() {  # TEXT COMMAND...
  local text=$1 output
  shift
  output=$("$@" 2>&1) || true
  case $output in *"$text"*) ;; *) LAST=$output; return 1 ;; esac
}
page() { on curl -s --max-time 2 -H 'Host: hello.localhost' http://127.0.0.1/; }
site_says() { [ "$(page)" = "$1" ]; }
old_site() { says "an old page" on curl -s --max-time 2 http://127.0.0.1:8080/; }
state() { [ "$(on systemctl is-active "$1")" = "$2" ]; }
pid_of() { on systemctl show -p MainPID --value "$1"; }
workloads() { on docker ps --no-trunc --format '{{.ID}} {{.Names}}' | sort; }
apt() { on apt-get -q -y -o Dpkg::Use-Pty=0 "$@" >"$LIB_STATE/apt.log" 2>&1 || { cat "$LIB_STATE/apt.log" >&2; return 1; }; }
put() { install -m "$1" /dev/stdin "/proc/$(cat "$machine/pid")/root$2"; }  # MODE PATH, from stdin
commit() {
  on git -C /root/fleet add -A
  on git -C /root/fleet -c user.name=Test -c user.email=test@localhost commit -qm "$1"
  on env GIT_SSH_COMMAND='ssh -i /etc/mooring/keys/deploy -o UserKnownHostsFile=/etc/mooring/keys/known_hosts' \
    git -C /root/fleet push -q ssh://git@127.0.0.1/home/git/fleet.git main
}

step "A machine with Docker, and a Caddy that serves a Caddyfile"
# shellcheck disable=SC2046  # names of packages
machine_needs $(dpkg-deb -f "$deb" Depends | tr ',' '\n' | sed 's/^ *\([^ (|]*\).*/\1/')
machine_boot "$machine"
printf ':8080 {\n  respond "an old page"\n}\n' | put 644 /etc/caddy/Caddyfile
on systemctl restart caddy
soon "the old site answers" old_site
caddy=$(pid_of caddy) docker=$(pid_of docker)

step "apt install ./mooring.deb"
put 644 /root/mooring.deb <"$deb"
apt install /root/mooring.deb
ok "says how Mooring will reach Caddy" grep -q 'systemctl restart caddy' "$LIB_STATE/apt.log"
ok "Caddy was not touched" [ "$(pid_of caddy)" = "$caddy" ]
ok "the old site answers" old_site
ok "Caddy still follows its Caddyfile" on systemctl reload caddy
ok "enabled, but not started" [ "$(on systemctl is-enabled mooring) $(on systemctl is-active mooring || true)" = "enabled inactive" ]
ok "/etc/mooring/keys is for root alone" [ "$(on stat -c %a,%U /etc/mooring/keys)" = 700,root ]
ok "the group mooring is there" says "mooring:x:" on getent group mooring
ok "mooring version" says "mooring $(dpkg-deb -f "$deb" Version)" on mooring version
ok "mooring explain" says "image" on mooring explain App.spec.services
ok "mooring doctor says that there is no source" says "no source is configured" on mooring doctor
ok "mooring doctor says how to reach Caddy" says "systemctl restart caddy" on mooring doctor
ok "man mooring" says "mooring validate ." on man -P cat mooring
ok "bash completion is bash" on bash -n /usr/share/bash-completion/completions/mooring
ok "zsh completion is zsh" on zsh -n /usr/share/zsh/vendor-completions/_mooring
ok "fish completion is fish" on fish -n /usr/share/fish/vendor_completions.d/mooring.fish
ok "the units are right" on systemd-analyze verify --man=no /lib/systemd/system/mooring.service /lib/systemd/system/mooring-secrets.service caddy.service
on systemd-analyze security --no-pager mooring.service | tail -n 1

step "systemctl start mooring, with nothing configured"
on systemctl start mooring 2>/dev/null || true
soon "the log says what to do" says "sources" on journalctl --no-pager -o cat -u mooring
on systemctl stop mooring

step "A repository on a server, with a deploy key"
on useradd -m git
on install -d -o git -g git -m 700 /home/git/.ssh
on ssh-keygen -q -t ed25519 -N '' -f /etc/mooring/keys/deploy
on install -o git -g git -m 600 /etc/mooring/keys/deploy.pub /home/git/.ssh/authorized_keys
on systemctl start ssh
on sh -c 'ssh-keyscan -t ed25519 127.0.0.1 >/etc/mooring/keys/known_hosts 2>/dev/null'
on runuser -u git -- git init -q --bare -b main /home/git/fleet.git
tar -C examples/quickstart -c . | on tar -C /root -x --one-top-level=fleet
on sed -i s/mooring-quickstart.hello:1/mooring-test\\/web:1.0.0/ /root/fleet/apps/hello.yaml
on git -C /root/fleet init -q -b main
commit "Say hello"
put 644 /etc/mooring/mooring.yaml <<'CONFIG'
sources:
  - url: ssh://git@127.0.0.1/home/git/fleet.git
    pollInterval: 1s
    auth: {privateKeyFile: /etc/mooring/keys/deploy, knownHostsFile: /etc/mooring/keys/known_hosts}
CONFIG
ENGINE_SOCKET=/proc/$(cat "$machine/pid")/root/run/docker.sock tests/support/images/build.sh mooring-test/web:1.0.0

step "systemctl restart caddy, systemctl start mooring"
on systemctl restart caddy
soon "the old site answers: it was resumed" old_site
ok "the Caddyfile is as it was" says "an old page" on cat /etc/caddy/Caddyfile
says "Mooring" on systemctl reload caddy && die "reloading the Caddyfile would undo the Sites"
on systemctl start mooring
ok "it runs" state mooring active
ok "systemd knows how it is" [ -n "$(on systemctl show -p StatusText --value mooring)" ]
ok "it reloads" on systemctl reload mooring
soon "it follows the repository over ssh" says "hello" on mooring get apps
soon "the app runs" says "default_hello_web" workloads
soon "foreign servers in Caddy are told of" says ":8080" on mooring doctor
ok "and left alone" old_site
on sh -c 'printf "caddy: {foreign: adopt}\n" >>/etc/mooring/mooring.yaml'
on systemctl restart mooring
soon "the site answers once Caddy is Mooring's" site_says "Ahoy from version 1.0.0"

step "Somebody else who may look"
ok "the socket is for the group mooring" [ "$(on stat -c '%a %G' /run/mooring/mooring.sock)" = "660 mooring" ]
on usermod -aG mooring git
on sh -c 'umask 077; mooring tokens create git --role read -o json | sed -n "s/.*\"token\": *\"\([^\"]*\)\".*/\1/p" >/home/git/token; chown git /home/git/token'
ok "a member of the group asks, with a token" says "hello" on runuser -u git -- env MOORING_TOKEN_FILE=/home/git/token mooring get apps
on runuser -u git -- mooring get apps >/dev/null 2>&1 && die "a member of the group asks without a token"
on runuser -u nobody -- mooring get apps >/dev/null 2>&1 && die "anybody may ask"

step "A hosts file that an editor has replaced"
on sed -i '$ a 192.0.2.1 added.by.hand' /etc/hosts
on sed -i '/mooring.internal/d' /etc/hosts
soon "Mooring's lines are back" on grep -q 'mooring.internal' /etc/hosts
ok "the other line is there" on grep -q added.by.hand /etc/hosts
soon "the site answers" site_says "Ahoy from version 1.0.0"

step "Reboot, with Mooring held back"
on install -d /etc/systemd/system/mooring.service.d
put 644 /etc/systemd/system/mooring.service.d/late.conf <<'LATE'
[Service]
ExecStartPre=/bin/sh -c 'until [ -e /tmp/go ]; do sleep 0.2; done'
PrivateTmp=no
LATE
machine_shutdown "$machine"
machine_boot_without_waiting "$machine"
soon "the site answers" site_says "Ahoy from version 1.0.0"
ok "and Mooring does not run yet" state mooring activating
on rm -r /etc/systemd/system/mooring.service.d
on systemctl daemon-reload
on touch /tmp/go
soon "then it runs" state mooring active
soon "and finds all as it should be" says " True" on mooring get apps

step "Upgrade"
dpkg-deb -R "$deb" "$LIB_STATE/next"
sed -i 's/^Version: .*/&+next/' "$LIB_STATE/next/DEBIAN/control"
dpkg-deb -b "$LIB_STATE/next" "$LIB_STATE/next.deb" >/dev/null
put 644 /root/next.deb <"$LIB_STATE/next.deb"
before=$(workloads; pid_of caddy; pid_of docker) mooring=$(pid_of mooring)
while [ ! -e "$LIB_STATE/enough" ]; do page || echo "no answer"; sleep 0.05; done >"$LIB_STATE/visits" &
visitor=$!
apt install /root/next.deb
soon "the new one runs" [ "$(pid_of mooring)" != "$mooring" ]
ok "it is active" state mooring active
soon "and finds all as it should be" says " True" on mooring get apps
touch "$LIB_STATE/enough"
wait "$visitor" && visitor=
ok "containers, Caddy and Docker were not touched" [ "$(workloads; pid_of caddy; pid_of docker)" = "$before" ]
ok "the configuration is the person's" on grep -q 'foreign: adopt' /etc/mooring/mooring.yaml
ok "all $(wc -l <"$LIB_STATE/visits") visits meanwhile were answered" [ "$(sort -u "$LIB_STATE/visits")" = "Ahoy from version 1.0.0" ]

step "Remove, and reboot"
before=$(workloads)
apt remove mooring
ok "Mooring is gone" [ -z "$(on sh -c 'command -v mooring' || true)" ]
ok "the containers run" [ "$(workloads)" = "$before" ]
ok "the site answers" site_says "Ahoy from version 1.0.0"
machine_shutdown "$machine"
machine_boot "$machine"
soon "the site answers after a reboot, too" site_says "Ahoy from version 1.0.0"
ok "the configuration is there" on grep -q fleet.git /etc/mooring/mooring.yaml

step "The image in its place"
ENGINE_SOCKET=/proc/$(cat "$machine/pid")/root/run/docker.sock .packaging/image/build.sh mooring:test "$LIB_STATE/next/usr/bin/mooring"
ok "version" says "mooring $(dpkg-deb -f "$deb" Version)" on docker run --rm mooring:test version
ok "validate" says "2 resources in 2 files: all valid." on docker run --rm -v /root/fleet:/fleet:ro mooring:test validate /fleet
on docker run -d --name mooring --restart unless-stopped --network host \
  -v /run/docker.sock:/run/docker.sock -v /run/caddy:/run/caddy -v /etc/mooring:/etc/mooring \
  -v mooring:/var/lib/mooring -v /etc:/host/etc -e MOORING_DOCKER_HOSTS_FILE=/host/etc/hosts \
  mooring:test >/dev/null
soon "it finds all as it should be" says " True" on docker exec mooring mooring get apps
on sed -i 's/Ahoy/Land ho/' /root/fleet/apps/hello.yaml
commit "Greet otherwise"
soon "it follows the repository" site_says "Land ho from version 1.0.0"
on docker rm -f mooring >/dev/null

step "Install again, and purge"
apt install /root/next.deb
on systemctl start mooring
soon "it finds all as it should be" says " True" on mooring get apps
before=$(workloads; on docker volume ls -q)
apt purge mooring
ok "store, configuration and keys are gone" [ -z "$(on sh -c 'ls -d /var/lib/mooring /etc/mooring /etc/systemd/system/caddy.service.d/mooring.conf' 2>/dev/null)" ]
ok "containers and volumes are not" [ "$(workloads; on docker volume ls -q)" = "$before" ]
on systemctl restart caddy
soon "Caddy has its Caddyfile again" old_site
