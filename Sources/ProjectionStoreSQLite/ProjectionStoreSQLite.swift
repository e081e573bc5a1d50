// ProjectionStoreSQLite
