/// Which data a handler wants: a pattern whose fields are those of the event's `data`.
///
/// ```swift
/// let large: DataPattern = ["total": [.numeric(.greaterThan, 100)], "customer.country": ["PT", "ES"]]
/// ```
///
/// A key names a field of the data, with dots between the names on the way to it; its values are joined by *or*, the keys
/// by *and*. If a key is named twice, the last one wins. What only an event has, such as its type, is not a part of it.
///
/// A wrong value, such as an empty list, is refused when the pattern is made a part of an ``EventPattern``, which happens
/// when a subscriber starts.
public struct DataPattern: Sendable {
    let members: [JSONTree.Member]
}

extension DataPattern: ExpressibleByDictionaryLiteral {
    /// Fields of the data and the values they may have, of which one must hold.
    public init(dictionaryLiteral elements: (String, [PatternValue])...) {
        members = elements.map { JSONTree.Member(key: $0, node: .list($1.map(\.node))) }
    }
}

extension DataPattern {
    /// A pattern with choices among several fields.
    ///
    /// ```swift
    /// DataPattern {
    ///     Field("total", .numeric(.greaterThan, 100))
    ///     AnyOf {
    ///         Field("country", "PT")
    ///         Field("priority", "high")
    ///     }
    /// }
    /// ```
    ///
    /// - Parameter clauses: Fields of the data and choices, which must all hold.
    public init(@PatternBuilder _ clauses: () -> [any PatternClause]) {
        members = clauses().flatMap(\.members.nodes)
    }

    /// Reads the JSON form, such as `{"total":[{"numeric":[">",100]}]}`.
    ///
    /// - Parameter json: One JSON object, as long as an ``EventPattern`` may be.
    /// - Throws: What is wrong, with the path of the field and the position in the text. Trying again cannot help.
    public init(json: String) throws(EventPatternError) {
        let bytes = Array(json.utf8)
        do throws(PatternRefusal) {
            let tree = try EventPattern.tree(of: bytes)
            _ = try PatternAlternatives.of(PatternGrammar.pattern(.object(PatternField.data, tree)))
            guard case .object(let members) = tree.value else {
                throw .malformed("A pattern of data is a JSON object, not \(tree.kind).", path: "", at: tree.offset)
            }
            self.members = members
        } catch {
            throw error.error(in: bytes)
        }
    }
}
