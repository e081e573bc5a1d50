#pragma once
#include <systemd/sd-daemon.h>

// Swift's module of the C library leaves malloc.h out.
#include <malloc.h>
static inline void diwan_malloc_settings(int arenas, int mapping_bytes, int trim_bytes) {
  mallopt(M_ARENA_MAX, arenas);
  mallopt(M_MMAP_THRESHOLD, mapping_bytes);
  mallopt(M_TRIM_THRESHOLD, trim_bytes);
}

// Asks the processor to fetch what will be read soon.
static inline void diwan_prefetch(const void *place) { __builtin_prefetch(place); }
