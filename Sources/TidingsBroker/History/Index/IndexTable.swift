import TidingsLog

/// One of the sorted tables of an index file, of which a page is in memory at a time.
struct IndexTable {
    private let file: any LogFile
    private let segment: UInt64
    private let firstPage: Int
    /// How many entries it has.
    let count: Int
    private var bytes: [UInt8] = []
    private var loaded: Int?

    init(_ file: any LogFile, segment: UInt64, firstPage: Int, count: Int) {
        self.file = file
        self.segment = segment
        self.firstPage = firstPage
        self.count = count
    }

    var pageCount: Int { IndexPage.count(holding: count) }

    /// The entries of a hash. Hashes are even, so that a guess finds the page or one beside it.
    /// - Throws: `IndexDamage`, `FileError`.
    mutating func entries(of hash: UInt64) throws -> Range<Int> {
        let guess = Int(hash.multipliedFullWidth(by: UInt64(pageCount)).high)
        let start = try firstIndex(atLeast: hash, near: guess)
        guard start < count, try entry(at: start).hash == hash else { return start..<start }
        guard hash < .max else { return start..<count }
        return start..<(try firstIndex(atLeast: hash + 1, near: start / IndexPage.entriesPerPage))
    }

    /// An entry by its place in the table.
    mutating func entry(at index: Int) throws -> IndexEntry {
        try load(index / IndexPage.entriesPerPage)
        return IndexPage.entry(at: index % IndexPage.entriesPerPage, of: bytes.span.bytes)
    }

    /// Reads every page.
    mutating func verify() throws {
        for page in 0..<pageCount { try load(page) }
    }

    /// The first entry whose hash is not below one: a few pages beside the guess are tried, then the middle of the rest.
    private mutating func firstIndex(atLeast hash: UInt64, near guess: Int) throws -> Int {
        var low = 0
        var high = pageCount
        var probe = guess
        var guesses = 0
        while low < high {
            let page = guesses < 4 ? min(max(probe, low), high - 1) : (low + high) / 2
            guesses += 1
            try load(page)
            let entries = entryCount(of: page)
            if IndexPage.hash(at: entries - 1, of: bytes.span.bytes) < hash {
                low = page + 1
                probe = page + 1
            } else if page > low, IndexPage.hash(at: 0, of: bytes.span.bytes) >= hash {
                high = page
                probe = page - 1
            } else {
                return page * IndexPage.entriesPerPage + firstInPage(atLeast: hash, of: entries)
            }
        }
        return min(low * IndexPage.entriesPerPage, count)
    }

    /// The same in the page that is loaded.
    private func firstInPage(atLeast hash: UInt64, of entries: Int) -> Int {
        var low = 0
        var high = entries
        while low < high {
            let middle = (low + high) / 2
            if IndexPage.hash(at: middle, of: bytes.span.bytes) < hash { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func entryCount(of page: Int) -> Int {
        min(IndexPage.entriesPerPage, count - page * IndexPage.entriesPerPage)
    }

    private mutating func load(_ page: Int) throws {
        guard loaded != page else { return }
        loaded = nil
        bytes = try SegmentIndex.page(firstPage + page, of: file, segment: segment)
        loaded = page
    }
}
