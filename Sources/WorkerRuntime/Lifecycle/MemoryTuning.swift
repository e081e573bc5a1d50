private import CSystemd

/// How glibc's allocator keeps memory: a worker makes and frees large buffers on several threads, and by default each
/// thread's heap would keep its own.
enum MemoryTuning {
    /// Once, early. Without effect where another allocator is in place.
    static func apply() {
        // Batches come from the heap, transactions from mappings that go back at once.
        diwan_malloc_settings(4, 4 << 20, 8 << 20)
    }
}
