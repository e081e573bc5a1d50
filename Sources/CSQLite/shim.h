#pragma once
#include <sqlite3.h>
#include <sys/syscall.h>
#include <unistd.h>

// Swift cannot call a variadic function.
static inline int diwan_sqlite_flag(sqlite3 *database, int option, int value) {
  return sqlite3_db_config(database, option, value, (int *)0);
}

// Before the first connection: no counting of memory, which takes a lock at each allocation.
static inline int diwan_sqlite_configure(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// Asks the processor to fetch what will be bound soon.
static inline void diwan_sqlite_prefetch(const void *place) { __builtin_prefetch(place); }

// Begins to write a file's changed pages to the disk and does not wait (SYNC_FILE_RANGE_WRITE); glibc declares
// sync_file_range for GNU sources alone.
static inline void diwan_sqlite_begin_writeback(int descriptor) {
  (void)syscall(SYS_sync_file_range, descriptor, 0L, 0L, 2U);
}
