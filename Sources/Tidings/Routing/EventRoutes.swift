package import TidingsRouting

/// Which groups get an event: the patterns of all, compiled into one matcher.
///
/// While every pattern asks for the type alone, the answer is remembered for each type, and nothing of the event is
/// read.
package struct EventRoutes<ID: Hashable & Sendable>: Sendable {
    private var router = PatternRouter<ID>()
    private var patterns: [ID: EventPattern] = [:]
    private var known: [EventType: [ID]] = [:]
    /// How many patterns ask for more than the type.
    private var contentCount = 0

    package init() {}

    /// Sets the pattern of a group, in the place of the one it had.
    package mutating func set(_ pattern: EventPattern, for id: ID) {
        if let former = patterns.updateValue(pattern, forKey: id) {
            router.remove(id)
            if !former.asksForTypeAlone { contentCount -= 1 }
        }
        if !pattern.asksForTypeAlone { contentCount += 1 }
        router.insert(pattern, for: id)
        known.removeAll()
    }

    /// Forgets a group; one that is not there is no error.
    package mutating func remove(_ id: ID) {
        guard let former = patterns.removeValue(forKey: id) else { return }
        router.remove(id)
        if !former.asksForTypeAlone { contentCount -= 1 }
        known.removeAll()
    }

    /// Whether some pattern asks for more than the type, so that a match reads the event.
    package var readsContent: Bool { contentCount > 0 }

    /// The groups that get an event.
    package mutating func matches(_ event: Envelope) -> [ID] {
        guard contentCount == 0 else { return search(event) }
        if let known = known[event.type] { return known }
        // Types are few; someone who makes up types for ever must not fill the memory.
        if known.count >= 10_000 { known.removeAll() }
        let ids = router.matches(type: event.type.rawValue)
        known[event.type] = ids
        return ids
    }

    /// The groups that get an event, without remembering anything, so that many may ask one value at once.
    package func search(_ event: Envelope) -> [ID] {
        let attributes = event.matchedAttributes
        return event.data.withUnsafeBytes { bytes in
            // Data that is no JSON has no fields: patterns that ask for some do not match it, the others do. What is JSON
            // was validated when it was published, so that matching it does not fail.
            let data = event.isJSON ? bytes : UnsafeRawBufferPointer(start: nil, count: 0)
            return (try? router.matches(attributes: attributes, data: data.bytes, validated: true)) ?? []
        }
    }
}
