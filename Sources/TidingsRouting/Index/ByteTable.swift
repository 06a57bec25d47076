/// Texts by their bytes, in many domains at once: a hash table with open addressing over one arena of bytes.
///
/// A domain is a number that keeps apart what is the same text in different places. Under a text stands an index into the
/// owner's array of `Found`.
struct ByteTable<Found>: Sendable {
    struct Entry: Sendable {
        let hash: UInt32
        let domain: UInt32
        let offset: UInt32
        let length: UInt32
        /// What is found under the text.
        var value: FlatIndex<Found>
        /// How many values were put under it.
        var uses: Int32
    }

    let seed: UInt64
    private(set) var entries: [Entry] = []
    /// Hash and index of an entry plus one; 0 for none. Never more than half of them are used.
    private var slots: [UInt64] = [UInt64](repeating: 0, count: 16)
    private var arena: [UInt8] = []

    init(seed: UInt64) {
        self.seed = seed
    }

    /// The entry of a text, or nil.
    @inline(__always)
    func find(_ bytes: UnsafePointer<UInt8>, count: Int, hash: UInt32, domain: UInt32) -> Int? {
        let mask = slots.count &- 1
        var place = Int(hash) & mask
        while true {
            let slot = slots[place]
            if slot == 0 { return nil }
            if UInt32(truncatingIfNeeded: slot >> 32) == hash {
                let index = Int(slot & 0xFFFF_FFFF) &- 1
                if holds(index, bytes, count: count, domain: domain) { return index }
            }
            place = (place &+ 1) & mask
        }
    }

    @inline(__always)
    private func holds(_ index: Int, _ bytes: UnsafePointer<UInt8>, count: Int, domain: UInt32) -> Bool {
        let entry = entries[index]
        guard entry.domain == domain, Int(entry.length) == count else { return false }
        return arena.withUnsafeBufferPointer { arena in
            guard count > 0, let base = arena.baseAddress else { return true }
            return Bytes.equal(base + Int(entry.offset), bytes, count: count)
        }
    }

    /// The value under a text, or none.
    @inline(__always)
    func value(_ bytes: UnsafePointer<UInt8>, count: Int, hash: UInt32, domain: UInt32) -> FlatIndex<Found> {
        guard let index = find(bytes, count: count, hash: hash, domain: domain) else { return .none }
        return entries[index].value
    }

    /// The entry of a text, made without a value if there was none.
    mutating func insert(_ bytes: UnsafePointer<UInt8>, count: Int, hash: UInt32, domain: UInt32) -> Int {
        if let index = find(bytes, count: count, hash: hash, domain: domain) { return index }
        let index = entries.count
        assert(index < Int32.max && arena.count + count <= UInt32.max, "the table is too large for its numbers")
        entries.append(
            Entry(
                hash: hash, domain: domain, offset: UInt32(arena.count), length: UInt32(count), value: .none, uses: 0))
        arena.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        if entries.count * 2 > slots.count {
            rehash(to: slots.count * 2)
        } else {
            place(index, hash: hash)
        }
        return index
    }

    /// Puts a value in the place of the last one.
    mutating func update(_ index: Int, value: FlatIndex<Found>) {
        entries[index].value = value
        entries[index].uses += 1
    }

    private mutating func rehash(to count: Int) {
        slots = [UInt64](repeating: 0, count: count)
        for index in entries.indices { place(index, hash: entries[index].hash) }
    }

    private mutating func place(_ index: Int, hash: UInt32) {
        var place = Int(hash) & (slots.count - 1)
        while slots[place] != 0 { place = (place + 1) & (slots.count - 1) }
        slots[place] = UInt64(hash) << 32 | UInt64(index + 1)
    }

    /// How many bytes of memory it takes.
    var byteCount: Int {
        entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * 8 + arena.capacity
    }
}
