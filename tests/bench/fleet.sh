# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced after lib.sh by scripts whose fleet is Apps app-0, app-1 and so on, each with its Site and
# one or two replicas: what is committed, and whether the host is as committed.

IMAGE=mooring-test/web:1.0.0

app() {  # number text
  local strategy=StartFirst
  [ $(($1 % 3)) -ne 0 ] || strategy=Recreate
  cat >"$work/fleet/apps/app-$1.yaml" <<APP
apiVersion: mooring.dev/v1alpha1
kind: App
metadata:
  name: app-$1
spec:
  rollout: {strategy: $strategy}
  services:
    web:
      image: $IMAGE
      environment: {GREETING: "$2"}
      deploy: {replicas: $((1 + $1 % 2)), resources: {limits: {memory: 64M}}}
      healthcheck: {test: [CMD, wget, -qO-, "http://127.0.0.1:8080/"], interval: 2s, timeout: 2s, retries: 3}
---
apiVersion: mooring.dev/v1alpha1
kind: Site
metadata:
  name: app-$1
spec:
  hosts: [app-$1.test]
  tls: {issuer: "off"}
  routes:
    - backend: app-$1/web/8080
APP
}

wanted_containers() {
  local file
  for file in "$work"/fleet/apps/*.yaml; do
    [ -f "$file" ] || continue
    file=${file##*/app-} file=${file%.yaml}
    seq -f "/default_app-${file}_web_%g" $((1 + file % 2))
  done | sort
}
running_containers() {
  engine GET /containers/json -G --data-urlencode all=1 \
    --data-urlencode "filters={\"label\":[\"mooring.dev/instance=$INSTANCE\"]}" |
    jq -r '.[] | if .State == "running" then .Names[0] else "\(.Names[0]) \(.State)" end' | sort
}
planned() { mooring plan --source "$work/fleet" --detailed-exitcode >"$work/plan" 2>&1; }
converged() {
  local files
  files=$(find "$work/fleet/apps" -name '*.yaml' | wc -l)
  [ "$(known_count)" -eq $((2 * files)) ] && are_ready $((2 * files)) &&
    [ "$(wanted_containers)" = "$(running_containers)" ] && planned
}
