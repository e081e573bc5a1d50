#pragma once
#include <libpq-fe.h>

// Notices of the server (a table that exists already, say) are no news here; libpq would print them.
static inline void diwan_pq_drop_notice(void *context, const PGresult *result) {
  (void)context;
  (void)result;
}

static inline void diwan_pq_drop_notices(PGconn *connection) {
  PQsetNoticeReceiver(connection, diwan_pq_drop_notice, (void *)0);
}
