import EventCatalogue

/// A header as the decoder takes it. In a file of its own because the store has a `RecordHeader` too, and a module whose
/// name is also a type's cannot be named in front of the other.
typealias BorrowedHeader = RecordHeader
