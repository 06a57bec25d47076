/// Sequences in the order in which they were added; consecutive ones are a run.
package struct SequenceRuns: Sendable {
    private(set) var runs: [Range<UInt64>] = []
    /// How many sequences there are.
    private(set) var count = 0

    package init() {}

    package init(_ sequences: some Sequence<UInt64>) {
        for sequence in sequences { append(sequence) }
    }

    /// Sequences in ascending order, with the fewest runs.
    init(sorting sequences: [UInt64]) {
        let isAscending = zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }
        self.init(isAscending ? sequences : sequences.sorted())
    }

    var isEmpty: Bool { runs.isEmpty }

    mutating func append(_ sequence: UInt64) { append(sequence..<sequence + 1) }

    mutating func append(_ run: Range<UInt64>) {
        count += run.count
        let last = runs.count - 1
        if last >= 0, runs[last].upperBound == run.lowerBound {
            runs[last] = runs[last].lowerBound..<run.upperBound
        } else {
            runs.append(run)
        }
    }
}
