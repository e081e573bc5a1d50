#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// C's `realloc`: a large block grows by its page table, without a copy and without two of them in memory.
package enum GrowingMemory {
    /// A block for so many elements that begins with those of `old`, which is gone then. Give it back by `release`.
    package static func resize<Element: BitwiseCopyable>(
        _ old: UnsafeMutablePointer<Element>?, to capacity: Int
    ) -> UnsafeMutablePointer<Element> {
        // As with `UnsafeMutablePointer.allocate`, a process for which there is no memory ends.
        guard let place = realloc(old, capacity * MemoryLayout<Element>.stride) else {
            preconditionFailure("no memory for \(capacity * MemoryLayout<Element>.stride) bytes")
        }
        return place.bindMemory(to: Element.self, capacity: capacity)
    }

    package static func release<Element: BitwiseCopyable>(_ block: UnsafeMutablePointer<Element>) { free(block) }
}
