import TidingsRouting

/// A text that may be a pattern and a text that may be an event.
struct FuzzedPair {
    let pattern: UnsafeRawBufferPointer
    let event: UnsafeRawBufferPointer

    func check() {
        let isEvent = checkScanning()
        guard let read = readPattern() else { return }
        var router = PatternRouter<Int>()
        router.insert(read, for: 0)
        let answer = try? router.matches(event.bytes)
        // Bytes that are not JSON after all may give any answer, but no crash.
        let unchecked = try? router.matches(event.bytes, validated: true)
        let explanation = try? read.explain(event: event)
        precondition((answer != nil) == isEvent, "the router throws for an event, or takes for one what is none")
        precondition(
            (explanation != nil) == isEvent, "the explanation throws for an event, or takes for one what is none")
        guard isEvent, let answer, let explanation else { return }
        precondition(unchecked == answer, "validated bytes are matched differently")
        precondition(explanation.matches == !answer.isEmpty, "the explanation and the router disagree")
        precondition(
            explanation.matches == (explanation.reason == nil), "a reason is there for what holds, or is missing")
        // The evaluator takes its time where an event has many values, and gives up where there are very many ways.
        var reference = ReferenceEvaluator(event: event)
        reference.limit = 10_000
        guard event.count < 512, let expected = reference.matches(ReferencePattern(json: pattern)) else { return }
        precondition(answer == (expected ? [0] : []), "the router and the reference evaluator disagree")
    }

    /// Whether the text is an event; the validator, the router and the reader of trees must say the same, each way round.
    private func checkScanning() -> Bool {
        let isJSON = (try? JSON.validate(event.bytes)) != nil
        let isTree = (try? EventTree(json: Array(event))) != nil
        let isObject = event.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D } == UInt8(ascii: "{")
        precondition(isTree == (isJSON && isObject), "the validator and the reader of trees disagree")
        let isMatched = (try? Self.router.matches(event.bytes)) != nil
        precondition(isMatched == isTree, "the router throws for an event, or takes for one what is none")
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
