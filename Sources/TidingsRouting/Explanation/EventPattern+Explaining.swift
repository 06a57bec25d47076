extension EventPattern {
    /// Says of each value of the pattern whether it held for an event, what was found, and why not.
    ///
    /// For people and not for the fast path: it builds a tree of the event.
    ///
    /// - Parameter event: The event, one JSON object in UTF-8.
    /// - Returns: Whether the pattern holds, and an entry for each value: by the first alternative that has it, and in
    ///   that by path.
    /// - Throws: Why the event is not a JSON object. Trying again cannot help.
    /// - Complexity: Linear in the event, in the values of each field multiplied by how often the event has it, and in
    ///   what matching each alternative costs; see ``PatternRouter/matches(_:validated:)``.
    public func explain(event: some Sequence<UInt8>) throws(JSONError) -> PatternExplanation {
        let bytes = Array(event)
        var explainer = Explainer(event: try EventTree(json: bytes))
        var router = PatternRouter<Bool>()
        router.insert(self, for: true)
        let isFound: Result<Bool, JSONError> = bytes.withUnsafeBytes { bytes in
            do throws(JSONError) {
                return .success(try !router.matches(bytes.bytes).isEmpty)
            } catch {
                return .failure(error)
            }
        }
        return explainer.explanation(of: self, matches: try isFound.get())
    }

    /// Says of each value of the pattern whether it held for an event, what was found, and why not.
    ///
    /// - Parameter event: The event, one JSON object.
    /// - Returns: Whether the pattern holds, and an entry for each value.
    /// - Throws: Why the event is not a JSON object. Trying again cannot help.
    public func explain(event: String) throws(JSONError) -> PatternExplanation {
        try explain(event: event.utf8)
    }
}
