extension PatternValue {
    /// Any value that is there but these texts.
    public static func anythingBut(_ texts: String...) -> PatternValue {
        anythingBut(.listOrOne(texts.map { JSONTree(.text($0)) }))
    }

    /// Any value that is there but these numbers.
    public static func anythingBut(_ first: Double, _ others: Double...) -> PatternValue {
        anythingBut(.listOrOne(([first] + others).map(JSONTree.number)))
    }

    /// Any value that is there but texts that begin with one of these.
    public static func anythingBut(prefix texts: String...) -> PatternValue { anythingBut(.prefix, texts) }

    /// Any value that is there but texts that end with one of these.
    public static func anythingBut(suffix texts: String...) -> PatternValue { anythingBut(.suffix, texts) }

    /// Any value that is there but texts that differ from one of these at most in case.
    public static func anythingBut(ignoringCase texts: String...) -> PatternValue {
        anythingBut(.equalsIgnoreCase, texts)
    }

    /// Any value that is there but texts of one of these forms.
    public static func anythingBut(wildcard texts: String...) -> PatternValue { anythingBut(.wildcard, texts) }

    private static func anythingBut(_ name: Operator, _ texts: [String]) -> PatternValue {
        anythingBut(.object(name, .listOrOne(texts.map { JSONTree(.text($0)) })))
    }

    private static func anythingBut(_ operand: JSONTree) -> PatternValue {
        PatternValue(.object(.anythingBut, operand))
    }
}
