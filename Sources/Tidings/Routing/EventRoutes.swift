package import TidingsRouting

/// Routes each of whose patterns stands for one target: its own id.
package typealias EventRoutes<ID: Hashable & Sendable> = TargetedRoutes<ID, ID>

/// Which targets get an event: the patterns of all groups or rules, compiled into one matcher.
///
/// While every pattern asks for the type alone, the answer is remembered for each type; while every pattern asks for
/// types and sources alone, for each pair of them. Nothing else of the event is read then.
package struct TargetedRoutes<ID: Hashable & Sendable, Target: Hashable & Sendable>: Sendable {
    private var router = PatternRouter<ID>()
    private var patterns: [ID: (pattern: EventPattern, targets: [Target])] = [:]
    private var known: [Key: [Target]] = [:]
    /// How many patterns depend on the source as well as the type, and how many on more than that.
    private var sourceCount = 0
    private var contentCount = 0

    /// How many answers are remembered at most. Types and sources are usually few, but a publisher may make up new ones
    /// without end.
    package static var memoryLimit: Int { 10_000 }

    /// How many answers are remembered now.
    package var rememberedCount: Int { known.count }

    /// Creates routes without patterns.
    package init() {}

    /// Sets a pattern and its targets, in place of those it had.
    package mutating func set(_ pattern: EventPattern, for id: ID, to targets: [Target]) {
        if let former = patterns.updateValue((pattern, targets), forKey: id) {
            router.remove(id)
            count(former.pattern, by: -1)
        }
        count(pattern, by: 1)
        router.insert(pattern, for: id)
        known.removeAll()
    }

    /// Removes a pattern. One that is not there is ignored.
    package mutating func remove(_ id: ID) {
        guard let former = patterns.removeValue(forKey: id) else { return }
        router.remove(id)
        count(former.pattern, by: -1)
        known.removeAll()
    }

    private mutating func count(_ pattern: EventPattern, by change: Int) {
        switch pattern.dependence {
        case .type: break
        case .typeAndSource: sourceCount += change
        case .content: contentCount += change
        }
        assert(sourceCount >= 0 && contentCount >= 0 && sourceCount + contentCount <= patterns.count)
    }

    /// Whether a match reads more of the event than what answers are remembered by: some pattern asks for more than the
    /// type and the source.
    package var readsContent: Bool { contentCount > 0 }

    /// Whether two events are known to get the same answer, so that one match does for both.
    ///
    /// Use this, and not a comparison of types, to reuse an answer for the next event of a batch.
    package func answersAlike(_ first: Envelope, _ second: Envelope) -> Bool {
        !readsContent && first.type.rawValue.utf8.elementsEqual(second.type.rawValue.utf8)
            && (sourceCount == 0 || first.source.utf8.elementsEqual(second.source.utf8))
    }

    /// The targets that get an event, each once, in the order in which their patterns were set.
    package mutating func matches(_ event: Envelope) -> [Target] {
        guard !readsContent else { return search(event) }
        let key = Key(
            type: ByteText(event.type.rawValue), source: sourceCount > 0 ? ByteText(event.source) : nil)
        if let ids = known[key] { return ids }
        if known.count >= Self.memoryLimit { known.removeAll() }
        let targets = targets(
            of: sourceCount > 0
                ? router.matches(type: event.type.rawValue, source: event.source)
                : router.matches(type: event.type.rawValue))
        known[key] = targets
        return targets
    }

    private func targets(of ids: [ID]) -> [Target] {
        // Then each has itself for its target.
        if let ids = ids as? [Target] { return ids }
        var found: [Target] = []
        found.reserveCapacity(ids.count)
        for id in ids { found += patterns[id]?.targets ?? [] }
        guard found.count > 1 else { return found }
        var seen = Set<Target>()
        return found.filter { seen.insert($0).inserted }
    }

    /// The targets that get an event. It remembers nothing, so that many callers may ask one value at once.
    package func search(_ event: Envelope) -> [Target] {
        let attributes = event.matchedAttributes
        return event.data.withUnsafeBytes { bytes in
            // Data that is not JSON has no fields: patterns that ask for some do not match it, the others do; what is
            // text stands among the attributes. JSON was validated when it was published, so that matching does not fail.
            let data = event.isJSON ? bytes : UnsafeRawBufferPointer(start: nil, count: 0)
            return targets(of: (try? router.matches(attributes: attributes, data: data.bytes, validated: true)) ?? [])
        }
    }
}

extension TargetedRoutes where ID == Target {
    /// Sets a pattern, in place of the one it had. Its target is its id.
    package mutating func set(_ pattern: EventPattern, for id: ID) { set(pattern, for: id, to: [id]) }
}

extension TargetedRoutes {
    /// What an answer is remembered by, compared by its bytes as patterns compare it.
    private struct Key: Hashable, Sendable {
        let type: ByteText
        /// Nil if no pattern asks for the source.
        let source: ByteText?
    }
}
