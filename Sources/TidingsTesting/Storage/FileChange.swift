/// One step from what the disk has of a file to what the file was last seen to be.
struct FileChange: Sendable {
    enum Kind: Sendable {
        /// Bytes that went into one page, kept in the file's journal.
        case bytes(page: Int, at: Int, journal: Range<Int>)
        /// A page that came to read as zeros.
        case cleared(page: Int)
        /// The size, and the room on the disk.
        case extent(FileContent.Extent)
    }

    /// Its place in the order of all changes of the machine.
    let order: Int
    let kind: Kind

    /// The page it changed, if it changed one.
    var page: Int? {
        switch kind {
        case .bytes(let page, _, _), .cleared(let page): page
        case .extent: nil
        }
    }
}
