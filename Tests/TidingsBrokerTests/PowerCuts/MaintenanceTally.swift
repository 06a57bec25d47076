import Synchronization

/// Counts what a bus did to its files, by their names.
final class MaintenanceTally: Sendable {
    private struct State {
        var checkpoints = 0
        var writtenSegments: Set<String> = []
        var removedSegments = 0
        var compactedSegments = 0
    }

    private let state = Mutex(State())

    /// Checkpoints that got their names.
    var checkpoints: Int { state.withLock { $0.checkpoints } }
    /// How often the log went on in another segment.
    var rolledSegments: Int { state.withLock { max(0, $0.writtenSegments.count - 1) } }
    var removedSegments: Int { state.withLock { $0.removedSegments } }
    /// Segments in whose place a smaller one came.
    var compactedSegments: Int { state.withLock { $0.compactedSegments } }

    func note(_ call: FileCall) {
        state.withLock { state in
            switch call {
            // Under its own name, a segment is written to once it is its turn.
            case .wrote(let path) where path.hasSuffix(".log"): state.writtenSegments.insert(path)
            case .renamed(let path, _) where path.hasSuffix(".checkpoint.tmp"): state.checkpoints += 1
            case .renamed(let path, true) where path.hasSuffix(".log.tmp"): state.compactedSegments += 1
            case .removed(let path) where path.hasSuffix(".log"): state.removedSegments += 1
            default: break
            }
        }
    }
}
