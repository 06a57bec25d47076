import TidingsRouting

/// What the router, the explanation and the reference evaluator say of a pattern and an event.
struct PatternAnswer: Equatable {
    let router: String
    let explanation: String
    let reference: String

    /// All three agree.
    static func all(_ answer: String) -> PatternAnswer {
        PatternAnswer(router: answer, explanation: answer, reference: answer)
    }

    private init(router: String, explanation: String, reference: String) {
        self.router = router
        self.explanation = explanation
        self.reference = reference
    }

    init(pattern: String, event: String) throws {
        let text = pattern
        guard let pattern = try? EventPattern(json: text) else {
            self = .all("exception")
            return
        }
        var router = PatternRouter<Int>()
        router.insert(pattern, for: 0)
        self.router = try router.matches(event: event) == [0] ? "true" : "false"
        explanation = String(try pattern.explain(event: event).matches)
        let holds = ReferenceEvaluator(event: event.utf8).matches(ReferencePattern(json: text.utf8))
        reference = holds.map(String.init) ?? "unknown"
    }
}
