import Testing
import Tidings
import TidingsBroker
import TidingsTesting

@Suite struct SequenceSetTests {
    /// Stretches that are dense, thin, and far apart, at the seams between chunks.
    private static let ranges: [Range<UInt64>] = [
        0..<300, 65_000..<66_100, 131_000..<131_200, 1 << 40..<(1 << 40) + 500,
        UInt64.max - 200_500..<UInt64.max - 200_000,
    ]

    private func random(_ random: inout SplitMix64) -> UInt64 {
        let range = Self.ranges[Int.random(in: Self.ranges.indices, using: &random)]
        return UInt64.random(in: range, using: &random)
    }

    private func encoded(_ set: SequenceSet) -> [UInt8] {
        var writer = BinaryBuilder()
        set.encode(into: &writer)
        return writer.bytes
    }

    private func decoded(_ bytes: [UInt8]) throws(TidingsError) -> SequenceSet {
        var reader = BinaryReader(bytes[...])
        let set = try SequenceSet(&reader)
        guard reader.rest.isEmpty else { throw TidingsError(.corrupt, "\(reader.rest.count) bytes are left") }
        return set
    }

    private func members(_ set: SequenceSet) -> [UInt64] {
        var members: [UInt64] = []
        var next = set.first
        while let member = next {
            members.append(member)
            next = member < .max ? set.next(from: member + 1) : nil
        }
        return members
    }

    private func expect(_ set: SequenceSet, is naive: Set<UInt64>, _ comment: Comment) {
        #expect(set.count == naive.count, comment)
        #expect(set.countedMembers == naive.count, comment)
        #expect(set.isEmpty == naive.isEmpty, comment)
        #expect(members(set) == naive.sorted(), comment)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `random steps leave what a plain set holds`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var set = SequenceSet()
        var naive: Set<UInt64> = []
        for step in 0..<12_000 {
            let sequence = self.random(&random)
            // Waves in which it fills and empties.
            if Int.random(in: 0..<10, using: &random) < (step / 2000 % 2 == 0 ? 8 : 2) {
                let isNew = set.insert(sequence)
                let isNaivelyNew = naive.insert(sequence).inserted
                #expect(isNew == isNaivelyNew)
            } else {
                let wasThere = set.remove(sequence)
                let wasNaivelyThere = naive.remove(sequence) != nil
                #expect(wasThere == wasNaivelyThere)
            }
            let probe = self.random(&random)
            #expect(set.contains(probe) == naive.contains(probe))
            guard step % 500 == 0 else { continue }
            let sorted = naive.sorted()
            #expect(set.next(from: probe) == sorted.first { $0 >= probe })
            let other = self.random(&random)
            let range = min(probe, other)..<max(probe, other)
            #expect(set.count(in: range) == sorted.count { range.contains($0) }, "\(range), seed \(seed)")
            expect(set, is: naive, "step \(step), seed \(seed)")
        }
        let again = try decoded(encoded(set))
        expect(again, is: naive, "read back, seed \(seed)")
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `runs of any length leave what a plain set holds`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var set = SequenceSet()
        var naive: Set<UInt64> = []
        for step in 0..<100 {
            let first = self.random(&random)
            // A few, a word or so, more than a stretch holds as values, and now and then more than a stretch.
            let length: UInt64 = step % 25 == 24 ? 140_000 : ([3, 70, 6000] as [UInt64])[step % 3]
            let run = first..<first + UInt64.random(in: 0..<length, using: &random)
            let others = Set(run)
            // Waves in which it fills and empties.
            if Int.random(in: 0..<10, using: &random) < (step / 20 % 2 == 0 ? 8 : 3) {
                let added = set.insert(run)
                #expect(added == others.subtracting(naive).count)
                naive.formUnion(others)
            } else {
                let removed = set.remove(run)
                #expect(removed == naive.intersection(others).count)
                naive.subtract(others)
            }
            let probe = self.random(&random)
            let range = min(probe, first)..<max(probe, first) + 10
            #expect(set.count(in: range) == naive.count { range.contains($0) }, "\(range), seed \(seed)")
            if step % 20 == 0 { expect(set, is: naive, "step \(step), seed \(seed)") }
        }
        expect(try decoded(encoded(set)), is: naive, "read back, seed \(seed)")
    }

    @Test func `a stretch goes from values to bits to nothing, and back, and is the same all the way`() throws {
        var set = SequenceSet()
        let stretch = 65_536..<131_072 as Range<UInt64>
        var smallest = Int.max
        for sequence in stretch {
            set.insert(sequence)
            // Around the change of form, and when it is whole.
            guard [1, 4095, 4096, 4097, 30_000, 65_535, 65_536].contains(set.count) else { continue }
            let again = try decoded(encoded(set))
            #expect(again.count == set.count)
            #expect(again.countedMembers == set.count)
            #expect(again.next(from: 0) == stretch.lowerBound)
            #expect(again.count(in: 0..<sequence) == set.count - 1)
            #expect(again.contains(sequence) && !again.contains(sequence + 1))
            smallest = min(smallest, encoded(set).count)
        }
        // A whole stretch is its number and its count.
        #expect(encoded(set).count == 4 + 8 + 4)
        let isNew = set.insert(70_000)
        #expect(!isNew)
        for sequence in stretch where sequence % 65_535 != 1 {
            set.remove(sequence)
            guard [65_535, 4097, 2049, 2048, 2047, 2, 1].contains(set.count) else { continue }
            let again = try decoded(encoded(set))
            #expect(again.countedMembers == set.count)
            #expect(again.first == set.first && again.count(in: stretch) == set.count)
        }
        #expect(members(set) == stretch.filter { $0 % 65_535 == 1 })
    }

    @Test func `counting touches the ends of a range exactly`() {
        var set = SequenceSet()
        for sequence in 65_530..<65_540 as Range<UInt64> { set.insert(sequence) }
        #expect(set.count(in: 65_536..<65_536) == 0)
        #expect(set.count(in: 65_535..<65_536) == 1)
        #expect(set.count(in: 65_536..<65_537) == 1)
        #expect(set.count(in: 0..<65_536) == 6)
        #expect(set.count(in: 65_536..<131_072) == 4)
        #expect(set.count(in: 0..<1 << 50) == 10)
    }

    @Test func `what is whole for long takes next to nothing`() {
        var set = SequenceSet()
        for sequence in 0..<400_000 as Range<UInt64> { set.insert(sequence) }
        #expect(set.byteCount < 16 << 10)
    }

    @Test func `bytes that lie about their set are refused`() throws {
        var set = SequenceSet()
        for sequence in [3, 5, 70_000] as [UInt64] { set.insert(sequence) }
        let bytes = encoded(set)
        for length in bytes.indices {
            #expect(throws: TidingsError.self, "cut at \(length)") { try decoded(Array(bytes[..<length])) }
        }
        // Stretches out of order, a count of none, a count beyond the stretch.
        for (offset, value) in [(4, 9), (12, 0), (14, 2)] as [(Int, UInt8)] {
            var changed = bytes
            changed[offset] = value
            #expect(throws: TidingsError.self, "byte \(offset) is \(value)") { try decoded(changed) }
        }
    }
}
