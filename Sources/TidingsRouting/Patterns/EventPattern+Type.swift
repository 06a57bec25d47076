extension EventPattern {
    /// Whether the pattern asks for the event's type and for nothing else, so that its answer hangs on the type alone.
    package var asksForTypeAlone: Bool {
        alternatives.allSatisfy { $0.allSatisfy { $0.path == PatternField.type } }
    }
}
