/// One file of a simulated machine: what the disk has, what memory has, and the steps between the two.
struct StoredFile: Sendable {
    private(set) var current: FileContent
    private(set) var allocatedPages: Int
    /// How many handles are open on it.
    var handles = 0

    private var durable: FileContent
    private var changes: [FileChange] = []
    /// The bytes of the changes.
    private var journal: [UInt8] = []
    /// Pages that memory has and a failed sync kept from the disk: no later sync writes them.
    private var lost: Set<Int> = []

    /// A file that is durable as it is.
    init(_ content: FileContent = FileContent()) {
        current = content
        durable = content
        allocatedPages = content.allocatedPages
    }

    var orders: [Int] { changes.map(\.order) }

    /// Writes until the bytes or the room end.
    ///
    /// - Parameters:
    ///   - order: The number of the machine's last change.
    ///   - room: How many more pages the disk can take.
    /// - Returns: How many bytes were written.
    mutating func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, order: inout Int, room: Int
    ) -> Int {
        var room = room
        var done = 0
        while done < bytes.count {
            let (page, start) = (offset + done).quotientAndRemainder(dividingBy: FileContent.pageBytes)
            if room <= 0, !current.isAllocated(page) { break }
            let count = min(bytes.count - done, FileContent.pageBytes - start)
            if write(.init(rebasing: bytes[done..<done + count]), page: page, at: start, order: &order) { room -= 1 }
            done += count
            if offset + done > current.size {
                current.extent.size = offset + done
                note(.extent(current.extent), &order)
            }
        }
        return done
    }

    /// Makes the file at least this long, with room for all of it.
    mutating func allocate(_ byteCount: Int, order: inout Int) {
        current.extent.size = max(current.size, byteCount)
        current.extent.reservedPages = max(current.extent.reservedPages, FileContent.pages(holding: byteCount))
        allocatedPages = current.allocatedPages
        note(.extent(current.extent), &order)
    }

    /// How many pages more ``allocate(_:order:)`` would take.
    func pagesMissing(for byteCount: Int) -> Int {
        var grown = current
        grown.extent.reservedPages = max(grown.extent.reservedPages, FileContent.pages(holding: byteCount))
        return grown.allocatedPages - allocatedPages
    }

    /// Takes everything out.
    mutating func empty(order: inout Int) {
        guard current.size > 0 || allocatedPages > 0 else { return }
        cut(at: FileContent.Extent(), order: &order)
    }

    /// Takes out what lies behind a length, if there is something.
    mutating func truncate(to byteCount: Int, order: inout Int) {
        guard byteCount < current.size else { return }
        let pages = min(current.extent.reservedPages, FileContent.pages(holding: byteCount))
        cut(at: FileContent.Extent(size: byteCount, reservedPages: pages), order: &order)
    }

    private mutating func cut(at extent: FileContent.Extent, order: inout Int) {
        current.extent = extent
        for page in current.trim() {
            lost.remove(page)
            guard let image = current.pages[page] else {
                note(.cleared(page: page), &order)
                continue
            }
            // The last one, of which a part is left.
            journal += image
            note(.bytes(page: page, at: 0, journal: journal.count - image.count..<journal.count), &order)
        }
        allocatedPages = current.allocatedPages
        note(.extent(current.extent), &order)
    }

    /// Makes everything durable but what an earlier failure lost.
    mutating func synchronize() {
        var last: Int?
        for change in changes {
            if let page = change.page, page != last {
                durable.replace(page, with: current.pages[page])
                last = page
            }
        }
        durable.extent = current.extent
        forgetChanges()
    }

    /// Leaves what was written in memory, where nothing will ever bring it to the disk.
    mutating func failSynchronization() {
        lost.formUnion(changes.lazy.compactMap(\.page))
        changes.removeAll { $0.page != nil }
        journal.removeAll(keepingCapacity: true)
    }

    /// Lets pages that the disk never got be read as the disk has them.
    mutating func discardCache() {
        guard !lost.isEmpty else { return }
        for page in lost { current.replace(page, with: durable.pages[page]) }
        lost = []
        allocatedPages = current.allocatedPages
    }

    /// Makes a change on the disk itself, after all that was written reached it.
    mutating func damage(_ body: (inout FileContent) -> Void) {
        body(&current)
        current.trim()
        durable = current
        allocatedPages = current.allocatedPages
        lost = []
        forgetChanges()
    }

    /// What the disk has of the file after a power cut.
    func survivor(_ chance: inout SurvivalChance) -> FileContent {
        var content = durable
        let histories = Dictionary(grouping: changes.filter { $0.page != nil }) { $0.page ?? 0 }
        for (page, history) in histories.sorted(by: { $0.key < $1.key }) {
            content.replace(page, with: image(page, history, &chance))
        }
        let extents = changes.filter { $0.page == nil }
        let count = chance.survivors(of: extents.map(\.order))
        if count > 0, case .extent(let extent) = extents[count - 1].kind { content.extent = extent }
        content.trim()
        return content
    }

    /// One of the states the page went through, or each of its sectors in one of them.
    private func image(_ page: Int, _ history: [FileChange], _ chance: inout SurvivalChance) -> [UInt8]? {
        let orders = history.map(\.order)
        let counts = chance.sectorSurvivors(of: orders)
        guard counts.contains(where: { $0 > 0 }) else { return durable.pages[page] }
        var image = FileContent()
        image.replace(0, with: durable.pages[page])
        var result = image
        for (number, change) in zip(1..., history) {
            switch change.kind {
            case .bytes(_, let offset, let range):
                journal.withUnsafeBytes { _ = image.write(.init(rebasing: $0[range]), page: 0, at: offset) }
            case .cleared: image.replace(0, with: nil)
            case .extent: break
            }
            for sector in counts.indices where counts[sector] == number {
                result.copySector(sector, of: counts.count, from: image)
            }
        }
        return result.pages[0]
    }

    private mutating func write(
        _ bytes: UnsafeRawBufferPointer, page: Int, at offset: Int, order: inout Int
    ) -> Bool {
        let grew = current.write(bytes, page: page, at: offset)
        if grew { allocatedPages += 1 }
        let start = journal.count
        if !lost.isEmpty, lost.remove(page) != nil {
            // Dirty again, the page goes to the disk whole.
            journal += current.pages[page] ?? []
            note(.bytes(page: page, at: 0, journal: start..<journal.count), &order)
        } else {
            journal.append(contentsOf: bytes)
            note(.bytes(page: page, at: offset, journal: start..<journal.count), &order)
        }
        return grew
    }

    private mutating func note(_ kind: FileChange.Kind, _ order: inout Int) {
        order += 1
        changes.append(FileChange(order: order, kind: kind))
    }

    private mutating func forgetChanges() {
        changes.removeAll(keepingCapacity: true)
        journal.removeAll(keepingCapacity: true)
    }
}

extension FileContent {
    /// Takes one of the equal parts of the first page from another file.
    fileprivate mutating func copySector(_ sector: Int, of count: Int, from other: FileContent) {
        let length = Self.pageBytes / count
        let start = sector * length
        let bytes = other.pages[0]?[start..<start + length] ?? ArraySlice(repeating: 0, count: length)
        bytes.withUnsafeBytes { _ = write($0, page: 0, at: start) }
    }
}
