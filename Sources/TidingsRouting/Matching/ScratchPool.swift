internal import Synchronization

/// Keeps one piece of working memory from match to match. Two matches at once each get one of their own; nobody waits.
final class ScratchPool: Sendable {
    /// The address of a retained one, or 0.
    private let spare = Atomic<UInt>(0)

    init() {}

    deinit {
        release(spare.load(ordering: .acquiring))
    }

    @inline(__always)
    func take() -> MatchScratch {
        let address = spare.exchange(0, ordering: .acquiring)
        guard let pointer = UnsafeRawPointer(bitPattern: address) else { return MatchScratch() }
        return Unmanaged<MatchScratch>.fromOpaque(pointer).takeRetainedValue()
    }

    /// Keeps it for the next match; it must not be used any more.
    @inline(__always)
    func give(_ scratch: consuming MatchScratch) {
        let address = UInt(bitPattern: Unmanaged.passRetained(scratch).toOpaque())
        release(spare.exchange(address, ordering: .acquiringAndReleasing))
    }

    private func release(_ address: UInt) {
        guard let pointer = UnsafeRawPointer(bitPattern: address) else { return }
        Unmanaged<MatchScratch>.fromOpaque(pointer).release()
    }
}
