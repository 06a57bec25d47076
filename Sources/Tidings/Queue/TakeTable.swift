/// The takes that have not ended, by number.
///
/// Numbers that follow each other stand in one block, so that what is taken and settled now stays close together in memory
/// however many old takes there are.
struct TakeTable: Sendable {
    fileprivate struct Block: Sendable {
        /// Those that have ended, or were not begun, have nothing left.
        var takes = Array(repeating: TakeTable.none, count: 1 << TakeTable.blockBits)
        var count = 0
    }

    /// Where a take stands, until one is added or removed.
    struct Place {
        fileprivate let block: Dictionary<UInt64, Block>.Index
        fileprivate let index: Int
    }

    /// As a power of two.
    fileprivate static let blockBits: UInt64 = 3
    fileprivate static let none = DeliveryQueue.Take(member: 0, deadline: .zero, items: [], remaining: 0)

    private var blocks: [UInt64: Block] = [:]
    /// The block that was made last, which stays although it is empty.
    private var newest: UInt64 = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The takes, in no particular order.
    var all: some Sequence<DeliveryQueue.Take> { blocks.values.lazy.flatMap(\.takes) }

    private static func index(of number: UInt64) -> Int { Int(number & (1 << blockBits - 1)) }

    subscript(number: UInt64) -> DeliveryQueue.Take? { place(of: number).map { self[$0] } }

    subscript(place: Place) -> DeliveryQueue.Take {
        _read { yield blocks.values[place.block].takes[place.index] }
        _modify { yield &blocks.values[place.block].takes[place.index] }
    }

    func place(of number: UInt64) -> Place? {
        let index = Self.index(of: number)
        guard let block = blocks.index(forKey: number >> Self.blockBits),
            blocks.values[block].takes[index].remaining > 0
        else { return nil }
        return Place(block: block, index: index)
    }

    mutating func insert(_ take: DeliveryQueue.Take, as number: UInt64) {
        let key = number >> Self.blockBits
        if key != newest {
            if blocks[newest]?.count == 0 { blocks[newest] = nil }
            newest = key
        }
        if let block = blocks.index(forKey: key) {
            blocks.values[block].takes[Self.index(of: number)] = take
            blocks.values[block].count += 1
        } else {
            var block = Block(count: 1)
            block.takes[Self.index(of: number)] = take
            blocks[key] = block
        }
        count += 1
    }

    mutating func remove(at place: Place) {
        blocks.values[place.block].takes[place.index] = Self.none
        blocks.values[place.block].count -= 1
        count -= 1
        if blocks.values[place.block].count == 0, blocks.keys[place.block] != newest { blocks.remove(at: place.block) }
    }
}
