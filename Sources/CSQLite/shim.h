#pragma once
#include <sqlite3.h>

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
