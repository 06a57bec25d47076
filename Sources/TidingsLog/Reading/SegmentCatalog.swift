import Synchronization

/// Which segments there are, and what is known of them without looking at their files again.
final class SegmentCatalog: Sendable {
    private let state: Mutex<State>

    private struct State {
        var first: UInt64
        var current: UInt64
        /// Sealed segments that were looked at since they last changed.
        var known: [UInt64: LogSegment] = [:]
        /// How often the file of a sealed segment was replaced, where it was.
        var revisions: [UInt64: Int] = [:]
    }

    init(first: UInt64, current: UInt64) {
        state = Mutex(State(first: first, current: current))
    }

    /// The numbers of the first segment and of the one that is being written.
    var range: ClosedRange<UInt64> { state.withLock { $0.first...$0.current } }

    /// How often a segment's file was replaced; `nil` when it was removed or has not been entered yet.
    func revision(of number: UInt64) -> Int? {
        state.withLock { ($0.first...$0.current).contains(number) ? $0.revisions[number, default: 0] : nil }
    }

    func known(_ number: UInt64) -> LogSegment? { state.withLock { $0.known[number] } }

    /// Keeps what a sealed segment was seen to be, unless it was replaced or removed meanwhile.
    func keep(_ segment: LogSegment, seenAt revision: Int) {
        state.withLock { state in
            if state.revisions[segment.number, default: 0] == revision, segment.number >= state.first {
                state.known[segment.number] = segment
            }
        }
    }

    /// The writer is in this segment from now on; those before it are sealed and durable.
    func enter(_ number: UInt64) {
        state.withLock { state in
            assert(number == state.current + 1, "segments follow each other without a gap")
            state.current = number
        }
    }

    /// The log begins with this segment from now on.
    func begin(at number: UInt64) {
        state.withLock { state in
            assert(state.first <= number && number <= state.current, "the segment being written is never removed")
            for removed in state.first..<number {
                state.known[removed] = nil
                state.revisions[removed] = nil
            }
            state.first = number
        }
    }

    /// The segment before the first could not be removed, and is the first again.
    func restoreFirst() { state.withLock { $0.first -= 1 } }

    /// The file of a sealed segment was replaced.
    func replace(_ number: UInt64) {
        state.withLock { state in
            state.known[number] = nil
            state.revisions[number, default: 0] += 1
        }
    }
}
