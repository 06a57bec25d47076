import Synchronization

/// One consumer's part in a group, from joining to leaving.
package final class Membership: Sendable {
    /// What tells it from the other members of the group.
    package let number: UInt64
    private let ended = Atomic(false)

    package init(_ number: UInt64) {
        self.number = number
    }

    /// Whether the consumer has left.
    package var isOver: Bool { ended.load(ordering: .acquiring) }

    /// Leaves the group; `false` if it had left before.
    @discardableResult
    package func end() -> Bool {
        !ended.exchange(true, ordering: .acquiringAndReleasing)
    }

    /// Refuses what a consumer that has left must not do.
    package func check() throws(TidingsError) {
        if isOver { throw TidingsError(.closed, "the consumer has left its group") }
    }
}
