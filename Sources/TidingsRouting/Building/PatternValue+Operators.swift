extension PatternValue {
    /// This text, exactly.
    public static func text(_ text: String) -> PatternValue { PatternValue(JSONTree(.text(text))) }

    /// This number, by its value.
    public static func number(_ number: Double) -> PatternValue { PatternValue(.number(number)) }

    /// Texts that begin so.
    public static func prefix(_ text: String, ignoringCase: Bool = false) -> PatternValue {
        affix(.prefix, text, ignoringCase)
    }

    /// Texts that end so.
    public static func suffix(_ text: String, ignoringCase: Bool = false) -> PatternValue {
        affix(.suffix, text, ignoringCase)
    }

    /// Texts that differ from this one at most in case, by Unicode's simple case folding.
    public static func equalsIgnoringCase(_ text: String) -> PatternValue {
        PatternValue(.object(.equalsIgnoreCase, JSONTree(.text(text))))
    }

    /// Texts of this form, in which `*` stands for zero or more characters, `\*` and `\\` for the characters themselves.
    public static func wildcard(_ text: String) -> PatternValue {
        PatternValue(.object(.wildcard, JSONTree(.text(text))))
    }

    /// Any value that is there, `null` and the empty text among them.
    public static var exists: PatternValue { PatternValue(.object(.exists, JSONTree(.boolean(true)))) }

    /// No value: the field is not there.
    public static var absent: PatternValue { PatternValue(.object(.exists, JSONTree(.boolean(false)))) }

    /// Texts that are an IP address in a block such as `10.0.0.0/8` or `2001:db8::/32`.
    public static func cidr(_ block: String) -> PatternValue {
        PatternValue(.object(.cidr, JSONTree(.text(block))))
    }

    private static func affix(_ name: Operator, _ text: String, _ ignoringCase: Bool) -> PatternValue {
        let text = JSONTree(.text(text))
        return PatternValue(.object(name, ignoringCase ? .object(.equalsIgnoreCase, text) : text))
    }
}
