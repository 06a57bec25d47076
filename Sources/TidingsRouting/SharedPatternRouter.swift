internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A ``PatternRouter`` that many tasks ask while others change it, for services whose patterns change while they match.
///
/// Asking is lock-free: it takes no lock and waits for nobody; it begins anew if the routers change places at that very
/// moment. Where one task changes patterns between its own matches, or whoever matches can work with a copy, a
/// ``PatternRouter`` is enough.
///
/// There are two routers with the same patterns. One answers while the other is changed; then they change places, and
/// what was done is done to the first one as well, once nobody asks it any more (Ramalhete and Correia, "Left-Right: A
/// Concurrency Control Technique with Wait-Free Population Oblivious Reads", 2015). So nothing is copied to publish a
/// change, and there are two compiled copies in memory; the patterns themselves they share.
///
/// A match sees all the changes of an ``update(_:)`` or none. Those who change wait for each other, and for matches that
/// are under way, which take microseconds; meanwhile they leave the processor to others.
public final class SharedPatternRouter<ID: Hashable & Sendable>: Sendable {
    /// What is done to the patterns.
    public enum Change: Sendable {
        /// Adds a pattern for an id, as ``PatternRouter/insert(_:for:)`` does.
        case insert(EventPattern, ID)
        /// Removes an id, as ``PatternRouter/remove(_:)`` does.
        case remove(ID)
    }

    /// One of the two routers.
    private final class Side: Sendable {
        /// How many matches use it, or are about to see that they must not.
        let readers = Atomic<Int>(0)
        // Safety: changed only under the writers' lock, while it is not the side that answers and has no readers.
        nonisolated(unsafe) var router = PatternRouter<ID>()
    }

    private let sides = (Side(), Side())
    private let answersOnSecond = Atomic<Bool>(false)
    private let writers = Mutex(())

    /// A router without patterns, which finds nothing.
    public init() {}

    /// How many ids there are.
    public var count: Int { read { $0.count } }

    /// Whether any pattern asks for something in the data of an event.
    public var readsData: Bool { read { $0.readsData } }

    /// How many bytes of memory it takes, about: both compiled copies, and once the patterns that they share; see
    /// ``PatternRouter/byteCount``.
    public var byteCount: Int { read { $0.compiledByteCount * 2 + $0.patternByteCount } }

    /// Adds a pattern for an id, beside those it has already.
    ///
    /// - Parameters:
    ///   - pattern: The pattern to add.
    ///   - id: Whom it is for.
    public func insert(_ pattern: EventPattern, for id: ID) {
        update([.insert(pattern, id)])
    }

    /// Removes an id with all its patterns; one that is not there is no error.
    ///
    /// - Parameter id: The id to remove.
    public func remove(_ id: ID) {
        update([.remove(id)])
    }

    /// Makes changes in their order; others see all of them at once.
    ///
    /// - Parameter changes: What is to be done.
    public func update(_ changes: [Change]) {
        writers.withLock { _ in
            let wasSecond = answersOnSecond.load(ordering: .sequentiallyConsistent)
            apply(changes, to: wasSecond ? sides.0 : sides.1)
            answersOnSecond.store(!wasSecond, ordering: .sequentiallyConsistent)
            apply(changes, to: wasSecond ? sides.1 : sides.0)
        }
    }

    /// Changes a side that does not answer, when the last match has left it.
    private func apply(_ changes: [Change], to side: Side) {
        while side.readers.load(ordering: .sequentiallyConsistent) != 0 { sched_yield() }
        for change in changes {
            switch change {
            case .insert(let pattern, let id): side.router.insert(pattern, for: id)
            case .remove(let id): side.router.remove(id)
            }
        }
    }

    /// The ids whose patterns an event satisfies; see ``PatternRouter/matches(_:validated:)``.
    ///
    /// - Parameters:
    ///   - event: The bytes of the event.
    ///   - validated: Whether the bytes are known to be JSON.
    /// - Returns: Each id once, in the order in which the ids were first inserted.
    /// - Throws: What is wrong with the JSON, and where.
    public func matches(_ event: RawSpan, validated: Bool = false) throws(JSONError) -> [ID] {
        let side = enter()
        defer { side.readers.subtract(1, ordering: .releasing) }
        return try side.router.matches(event, validated: validated)
    }

    /// The ids whose patterns an event satisfies whose attributes stand apart from its data; see
    /// ``PatternRouter/matches(attributes:data:validated:)``.
    ///
    /// - Parameters:
    ///   - attributes: The names and values of the CloudEvents attributes.
    ///   - data: The bytes of the data; none if there is no data.
    ///   - validated: Whether the data is known to be JSON.
    /// - Returns: Each id once, in the order in which the ids were first inserted.
    /// - Throws: What is wrong with the data, and where in it.
    public func matches(
        attributes: [(name: String, value: String)], data: RawSpan, validated: Bool = false
    ) throws(JSONError) -> [ID] {
        let side = enter()
        defer { side.readers.subtract(1, ordering: .releasing) }
        return try side.router.matches(attributes: attributes, data: data, validated: validated)
    }

    private func read<Result>(_ body: (PatternRouter<ID>) -> Result) -> Result {
        let side = enter()
        defer { side.readers.subtract(1, ordering: .releasing) }
        return body(side.router)
    }

    /// The side that answers, kept from changing until its readers are counted down again.
    private func enter() -> Side {
        while true {
            let isSecond = answersOnSecond.load(ordering: .sequentiallyConsistent)
            let side = isSecond ? sides.1 : sides.0
            side.readers.add(1, ordering: .sequentiallyConsistent)
            // Had the sides changed places before it was counted, a change may be under way on this one.
            if answersOnSecond.load(ordering: .sequentiallyConsistent) == isSecond { return side }
            side.readers.subtract(1, ordering: .releasing)
        }
    }
}
