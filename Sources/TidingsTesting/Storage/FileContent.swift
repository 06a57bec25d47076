/// What a file holds at one moment: the pages that were ever written, and how far it goes.
struct FileContent: Sendable {
    static let pageBytes = 4096
    private static let zeros = [UInt8](repeating: 0, count: pageBytes)

    /// How long a file is, and how many of its first pages have room on the disk whether written or not.
    struct Extent: Sendable {
        var size = 0
        var reservedPages = 0
    }

    var extent = Extent()
    /// By number; what is missing reads as zeros.
    private(set) var pages: [Int: [UInt8]] = [:]

    var size: Int { extent.size }

    static func pages(holding byteCount: Int) -> Int { (byteCount + pageBytes - 1) / pageBytes }

    /// Pages that take room on the disk.
    var allocatedPages: Int {
        extent.reservedPages + pages.keys.count { $0 >= extent.reservedPages }
    }

    func isAllocated(_ page: Int) -> Bool { page < extent.reservedPages || pages[page] != nil }

    /// Puts bytes into one page.
    ///
    /// - Returns: Whether the page takes room that it did not take before.
    @discardableResult
    mutating func write(_ bytes: UnsafeRawBufferPointer, page: Int, at offset: Int) -> Bool {
        let held = pages.count
        pages[page, default: Self.zeros].withUnsafeMutableBytes { target in
            UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + bytes.count]).copyMemory(from: bytes)
        }
        return pages.count > held && page >= extent.reservedPages
    }

    /// Puts a whole page in the place of another; `nil` makes it read as zeros.
    mutating func replace(_ page: Int, with image: [UInt8]?) { pages[page] = image }

    /// Changes one byte.
    mutating func flip(_ offset: Int, mask: UInt8) {
        pages[offset / Self.pageBytes, default: Self.zeros][offset % Self.pageBytes] ^= mask
    }

    /// Reads up to the end of the file; returns how many bytes that were.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        let count = max(0, min(buffer.count, size - offset))
        var done = 0
        while done < count {
            let (page, start) = (offset + done).quotientAndRemainder(dividingBy: Self.pageBytes)
            let length = min(count - done, Self.pageBytes - start)
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + length])
            if let image = pages[page] {
                image.withUnsafeBytes { target.copyMemory(from: .init(rebasing: $0[start..<start + length])) }
            } else {
                target.initializeMemory(as: UInt8.self, repeating: 0)
            }
            done += length
        }
        return count
    }

    /// The first offset from one on that was ever written.
    func firstData(from offset: Int) -> Int? {
        guard offset < size else { return nil }
        let first = offset / Self.pageBytes
        if pages[first] != nil { return offset }
        guard let page = pages.keys.lazy.filter({ $0 > first }).min() else { return nil }
        let start = page * Self.pageBytes
        return start < size ? start : nil
    }

    /// Drops what lies beyond the end, so that it reads as zeros should the file grow again.
    ///
    /// - Returns: The pages that changed.
    @discardableResult
    mutating func trim() -> [Int] {
        let beyond = pages.keys.filter { $0 * Self.pageBytes >= size }.sorted()
        for page in beyond { pages[page] = nil }
        let (last, end) = size.quotientAndRemainder(dividingBy: Self.pageBytes)
        guard end > 0, let image = pages[last], image[end...].contains(where: { $0 != 0 }) else { return beyond }
        pages[last] = Array(image[..<end] + Self.zeros[end...])
        return [last] + beyond
    }
}
