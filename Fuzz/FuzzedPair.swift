import TidingsRouting

/// A text that may be a pattern and a text that may be an event.
struct FuzzedPair {
    let pattern: UnsafeRawBufferPointer
    let event: UnsafeRawBufferPointer

    func check() {
        let isEvent = checkScanning()
        guard let pattern = readPattern() else { return }
        var router = PatternRouter<Int>()
        router.insert(pattern, for: 0)
        let answer = try? router.matches(event.bytes)
        // Bytes that are not JSON after all may give any answer, but no crash.
        let unchecked = try? router.matches(event.bytes, validated: true)
        guard isEvent, let answer else { return }
        precondition(unchecked == answer, "validated bytes are matched differently")
        // The evaluator takes its time where an event has many values.
        guard event.count < 512, let expected = try? ReferenceEvaluator(event: event).matches(pattern) else { return }
        precondition(answer == (expected ? [0] : []), "the router and the reference evaluator disagree")
        let explanation = try? pattern.explain(event: event)
        precondition(explanation?.matches == expected, "the explanation and the reference evaluator disagree")
    }

    /// Whether the text is an event; the validator, the router and the reader of trees must say the same.
    private func checkScanning() -> Bool {
        let isJSON = (try? JSON.validate(event.bytes)) != nil
        let isTree = (try? EventTree(json: Array(event))) != nil
        let isObject = event.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D } == UInt8(ascii: "{")
        precondition(isTree == (isJSON && isObject), "the validator and the reader of trees disagree")
        let isMatched = (try? Self.router.matches(event.bytes)) != nil
        precondition(isMatched == isTree || !isMatched, "the router takes for an event what is none")
        _ = try? Self.router.matches(event.bytes, validated: true)
        return isTree
    }

    /// The pattern, if it is one; written again it must be the same.
    private func readPattern() -> EventPattern? {
        guard let pattern = try? EventPattern(json: pattern) else { return nil }
        let again = try? EventPattern(json: pattern.description)
        precondition(again == pattern, "a pattern does not read back as it was written")
        return pattern
    }

    /// Patterns of every kind over few names, so that events meet them.
    private static let router: PatternRouter<Int> = {
        let leaves = [
            #""x""#, "1", "null", #"{"prefix":"a"}"#, #"{"suffix":"a"}"#, #"{"equals-ignore-case":"é"}"#,
            #"{"wildcard":"*a*b*"}"#, #"{"anything-but":["a","b"]}"#, #"{"numeric":[">",0,"<",9]}"#,
            #"{"exists":true}"#,
            #"{"exists":false}"#, #"{"cidr":"10.0.0.0/8"}"#,
        ]
        var router = PatternRouter<Int>()
        for (id, leaf) in leaves.enumerated() {
            for pattern in [#"{"a":[\#(leaf)]}"#, #"{"a":{"b":[\#(leaf)],"c":[1]}}"#, #"{"detail":{"a":[\#(leaf)]}}"#] {
                if let pattern = try? EventPattern(json: pattern) { router.insert(pattern, for: id) }
            }
        }
        return router
    }()
}
