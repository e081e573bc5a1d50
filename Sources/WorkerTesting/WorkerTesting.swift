// WorkerTesting
