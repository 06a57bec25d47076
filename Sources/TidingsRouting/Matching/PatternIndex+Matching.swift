extension PatternIndex {
    /// The places of the ids whose patterns an event satisfies.
    ///
    /// - Returns: What holds them; it goes back by ``recycle(_:)``.
    @usableFromInline
    func find(_ event: RawSpan, validated: Bool) throws(JSONError) -> MatchScratch {
        let result: Result<MatchScratch, JSONError> = event.withUnsafeBytes { bytes in
            run { scratch throws(JSONError) in
                var walk = EventWalk(JSONCursor(bytes), isTrusted: validated, slotCount: slots.count, scratch: scratch)
                try readEvent(&walk)
                walk.end()
            }
        }
        return try result.get()
    }

    /// The places of the ids whose patterns attributes and data satisfy that stand apart.
    @usableFromInline
    func find(
        _ attributes: [(name: String, value: AttributeValue)], data: RawSpan, validated: Bool
    ) throws(JSONError) -> MatchScratch {
        let result: Result<MatchScratch, JSONError> = data.withUnsafeBytes { bytes in
            run { scratch throws(JSONError) in
                var walk = EventWalk(JSONCursor(bytes), isTrusted: validated, slotCount: slots.count, scratch: scratch)
                for attribute in attributes { test(attribute.name, attribute.value, &walk) }
                try readData(&walk)
                walk.end()
            }
        }
        return try result.get()
    }

    /// The places of the ids whose patterns an event satisfies that has a type, a source if one is given, and no other
    /// field.
    @usableFromInline
    func find(type: String, source: String? = nil) -> MatchScratch {
        let result = run { scratch throws(JSONError) in
            let nothing = JSONCursor(UnsafeRawBufferPointer(start: nil, count: 0))
            var walk = EventWalk(nothing, isTrusted: true, slotCount: slots.count, scratch: scratch)
            test(PatternField.type, .text(type), &walk)
            if let source { test(PatternField.source, .text(source), &walk) }
            walk.end()
        }
        // Without data there is nothing that could be wrong.
        return (try? result.get()) ?? MatchScratch()
    }

    /// Keeps working memory for the next match.
    @usableFromInline
    func recycle(_ scratch: consuming MatchScratch) {
        pool.give(scratch)
    }

    @inline(__always)
    private func run(_ read: (MatchScratch) throws(JSONError) -> Void) -> Result<MatchScratch, JSONError> {
        let scratch = pool.take()
        scratch.begin(slots: slots.count, parts: parts.count, wildcards: wildcards.count)
        do throws(JSONError) {
            try read(scratch)
            answer(scratch)
            return .success(scratch)
        } catch {
            // What it holds of this match would be taken for the next one's, so that it does not go back.
            return .failure(error)
        }
    }

    private func test(_ name: String, _ value: AttributeValue, _ walk: inout EventWalk) {
        var name = name
        let node = name.withUTF8 { name in
            withBase(of: name) { names.child(of: NameTrie.root, $0, count: name.count) }
        }
        guard !node.isNone, !names.nodes[node].path.isNone else { return }
        let tests = paths[names.nodes[node].path]
        switch value {
        case .text(var text):
            text.withUTF8 { text in
                withBase(of: text) { test($0, count: text.count, tests, &walk) }
            }
        case .number(var text):
            text.withUTF8 { text in
                withBase(of: text) { testNumber($0, count: text.count, tests, &walk) }
            }
        case .boolean(let boolean): testOther(tests, boolean ? tests.isTrue : tests.isFalse, &walk)
        }
    }

    private func readData(_ walk: inout EventWalk) throws(JSONError) {
        let name: StaticString = "data"
        let node = names.child(of: NameTrie.root, name.utf8Start, count: name.utf8CodeUnitCount)
        guard !node.isNone, walk.cursor.end > 0, !walk.isDecided else { return }
        walk.cursor.skipWhitespace()
        try value(at: node, &walk)
        if !walk.isTrusted { try walk.cursor.finish() }
    }
}
