extension PatternIndex {
    /// The longest run of bytes by which a wildcard is looked for, and how many of its runs are weighed.
    private static let gramSize = 4
    private static let gramChoices = 64

    /// Leads a wildcard to what follows from it.
    ///
    /// One without a star is a text, one with a star at one end a prefix or a suffix. Any other is tried on texts that
    /// have its beginning, its end, or a few bytes that it holds: whichever fewest others are looked for by. So no
    /// automaton is built, and its memory is linear in its length whatever else there is.
    mutating func insert(_ wildcard: Wildcard, path: PathID, _ target: Target) {
        let segments = wildcard.segments.map { Array($0.bytes) }
        let first = segments[0]
        let last = segments[segments.count - 1]
        if segments.count == 1 {
            insert(first, .text, path: path, target)
        } else if segments.count == 2, last.isEmpty {
            lengths.insert(first.count, into: &paths[path].prefixLengths)
            insert(first, .prefix, path: path, target)
        } else if segments.count == 2, first.isEmpty {
            lengths.insert(last.count, into: &paths[path].suffixLengths)
            insert(last, .suffix, path: path, target)
        } else {
            let number = wildcards.append(wildcard, target: target)
            insert(Target(wildcard: number), segments, path: path)
        }
    }

    private mutating func insert(_ target: Target, _ segments: [[UInt8]], path: PathID) {
        let first = segments[0]
        let last = segments[segments.count - 1]
        var best: (kind: PathTests.Kind, text: ArraySlice<UInt8>, uses: Int32)?
        for (kind, text) in [(PathTests.Kind.prefix, first), (.suffix, last)] where !text.isEmpty {
            let uses = uses(of: text[...], kind, path: path)
            if best == nil || uses < best?.uses ?? 0 { best = (kind, text[...], uses) }
        }
        for gram in Self.grams(of: segments.dropFirst().dropLast()) {
            guard best?.uses != 0 else { break }
            let uses = uses(of: gram, .gram, path: path)
            if best == nil || uses < best?.uses ?? 0 { best = (.gram, gram, uses) }
        }
        guard let best else { return }
        switch best.kind {
        case .prefix: lengths.insert(best.text.count, into: &paths[path].prefixLengths)
        case .suffix: lengths.insert(best.text.count, into: &paths[path].suffixLengths)
        default: paths[path].gramSizes |= 1 << UInt8(best.text.count)
        }
        insert(Array(best.text), best.kind, path: path, target)
    }

    /// Runs of bytes that every text has that matches.
    private static func grams(of segments: ArraySlice<[UInt8]>) -> some Sequence<ArraySlice<UInt8>> {
        segments.sorted { $0.count > $1.count }.lazy.flatMap { segment in
            let size = min(segment.count, gramSize)
            return (0...segment.count - size).lazy.map { segment[$0..<$0 + size] }
        }.prefix(gramChoices)
    }
}
