// WorkerRuntime
