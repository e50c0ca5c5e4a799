// SPDX-License-Identifier: Apache-2.0
// store_writer PATH: opens the store and writes statuses and events until it is killed; the number
// of each finished write goes to standard output, as four bytes. rocks_db_store_test.cc kills it.
#include <unistd.h>

#include "controller/store/rocks_db_store.h"

int main(int argc, char** argv) {
  using mooring::RocksDbStore;
  if (argc != 2) return 64;
  const mooring::SystemClock clock;
  const auto store = RocksDbStore::Open(argv[1], clock);
  if (!store) return 1;
  for (uint32_t i = 0;; ++i) {
    mooring::ResourceStatus status;
    status.key = {"App", "default", "app-" + std::to_string(i % 50)};
    status.source_line = static_cast<int>(i);
    mooring::Event event;
    event.key = status.key;
    if (!(*store)->PutStatus(status, mooring::Store::Durability::kBuffered)) return 2;
    if (!(*store)->AppendEvent(event)) return 3;
    if (write(STDOUT_FILENO, &i, sizeof i) != sizeof i) return 4;
  }
}
