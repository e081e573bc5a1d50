// ProjectionStore
