/// Many patterns compiled into one: tells which of them an event satisfies, in one pass over its bytes.
///
/// A value: a copy stays as it was while the original changes, so that one task may match on a copy while another adds
/// patterns. An id may have several patterns and is found if any of them holds.
///
/// The cost of a match hardly depends on how many patterns there are: exact values, prefixes, suffixes, numbers, ranges
/// and blocks of addresses are looked up; wildcards are tried only on text that holds a part of them; of patterns with
/// several fields only those are looked at whose most selective field holds. Nothing grows faster than the patterns:
/// no states are multiplied out.
public struct PatternRouter<ID: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var order: Int32
        /// The alternatives of its first pattern.
        let first: [[PatternField]]
        /// Those of the patterns that came later, which most ids do not have.
        var others: [[[PatternField]]] = []

        func contains(_ alternatives: [[PatternField]]) -> Bool {
            first == alternatives || others.contains(alternatives)
        }

        func forEachPattern(_ body: ([[PatternField]]) -> Void) {
            body(first)
            for pattern in others { body(pattern) }
        }
    }

    private var entries: [ID: Entry] = [:]
    @usableFromInline var index = PatternIndex()
    /// The ids in the order of insertion; nil for those that were removed.
    @usableFromInline var ids: [ID?] = []
    /// How many alternatives of removed ids the index still holds.
    private var removedCount = 0
    private var alternativeCount = 0
    /// How many bytes the patterns take that are kept to be compiled again.
    private var patternByteCount = 0

    /// A router without patterns, which finds nothing.
    public init() {}

    /// How many ids there are.
    public var count: Int { entries.count }

    /// Whether there are no ids.
    public var isEmpty: Bool { entries.isEmpty }

    /// Whether any pattern asks for something in the data of an event, so that matching reads it.
    public var readsData: Bool { index.readsData }

    /// How many bytes of memory it takes, about: the compiled patterns, the patterns themselves, which are kept to be
    /// compiled again, and the table of ids. What an id holds outside of itself is not counted.
    public var byteCount: Int {
        index.byteCount + patternByteCount + ids.capacity * MemoryLayout<ID?>.stride
            + entries.capacity * (MemoryLayout<ID>.stride + MemoryLayout<Entry>.stride) * 4 / 3
    }

    /// Adds a pattern for an id, beside those it has already. Adding the same again changes nothing.
    ///
    /// - Parameters:
    ///   - pattern: The pattern to add.
    ///   - id: Whom it is for. An id keeps the place of its first pattern until it is removed.
    /// - Complexity: Linear in the length of the pattern and in how many patterns the id has, on average.
    public mutating func insert(_ pattern: EventPattern, for id: ID) {
        let alternatives = pattern.alternatives
        let order: Int32
        if let entry = entries[id] {
            guard !entry.contains(alternatives) else { return }
            order = entry.order
            entries[id]?.others.append(alternatives)
        } else {
            order = Int32(ids.count)
            ids.append(id)
            entries[id] = Entry(order: order, first: alternatives)
        }
        for fields in alternatives { index.insert(fields, order: order) }
        alternativeCount += alternatives.count
        patternByteCount += PatternField.byteCount(of: alternatives)
    }

    /// Removes an id with all its patterns; one that is not there is ignored.
    ///
    /// - Parameter id: The id to remove.
    /// - Complexity: Constant on average: what was compiled stays until most of it is of no use, and all is compiled
    ///   again then.
    public mutating func remove(_ id: ID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        ids[Int(entry.order)] = nil
        entry.forEachPattern { alternatives in
            removedCount += alternatives.count
            patternByteCount -= PatternField.byteCount(of: alternatives)
        }
        if removedCount > 16, removedCount * 2 > alternativeCount { compile() }
    }

    private mutating func compile() {
        let kept = ids.compactMap(\.self)
        index = PatternIndex()
        ids = []
        removedCount = 0
        alternativeCount = 0
        for id in kept {
            guard let entry = entries[id] else { continue }
            let order = Int32(ids.count)
            ids.append(id)
            entries[id]?.order = order
            entry.forEachPattern { alternatives in
                for fields in alternatives { index.insert(fields, order: order) }
                alternativeCount += alternatives.count
            }
        }
    }
}
