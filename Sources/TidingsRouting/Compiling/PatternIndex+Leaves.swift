extension PatternIndex {
    /// Leads a value of a pattern to what follows from it.
    mutating func insert(_ leaf: PatternLeaf, path: PathID, _ target: Target) {
        switch leaf {
        case .null: paths[path].null = lists.prepend(target, to: paths[path].null)
        case .boolean(true): paths[path].isTrue = lists.prepend(target, to: paths[path].isTrue)
        case .boolean(false): paths[path].isFalse = lists.prepend(target, to: paths[path].isFalse)
        case .exists(true): paths[path].present = lists.prepend(target, to: paths[path].present)
        case .exists(false): break
        case .text(let text): insert(text, .text, path: path, target)
        case .number(let number): insert(number, path: path, target)
        case .prefix(let text, let ignoringCase): insertPrefix(text, ignoringCase, path: path, target)
        case .suffix(let text, let ignoringCase): insertSuffix(text, ignoringCase, path: path, target)
        case .equalsIgnoringCase(let text): insert(text.caseFolded, .foldedText, path: path, target)
        case .wildcard(let wildcard): insert(wildcard, path: path, target)
        case .numeric(let range): insert(range, path: path, target)
        case .cidr(let block): insert(block, path: path, target)
        case .anythingBut(let others): insert(others, path: path, target)
        }
    }

    /// Leads what a value must not be to its exception.
    mutating func insert(_ others: AnythingBut, path: PathID, _ target: Target) {
        switch others {
        case .texts(let texts):
            for text in texts { insert(text, .text, path: path, target) }
        case .numbers(let numbers):
            for number in numbers {
                if number.value == nil {
                    insert(Array(number.decimal.description.utf8), .decimal, path: path, target)
                } else {
                    insert(number, path: path, target)
                }
            }
        case .prefixes(let texts):
            for text in texts { insertPrefix(text, false, path: path, target) }
        case .suffixes(let texts):
            for text in texts { insertSuffix(text, false, path: path, target) }
        case .equalsIgnoringCase(let texts):
            for text in texts { insert(text.caseFolded, .foldedText, path: path, target) }
        case .wildcards(let wildcards):
            for wildcard in wildcards { insert(wildcard, path: path, target) }
        }
    }

    private mutating func insertPrefix(_ text: ByteText, _ ignoringCase: Bool, path: PathID, _ target: Target) {
        let text = ignoringCase ? text.caseFolded : text
        if ignoringCase {
            lengths.insert(text.bytes.count, into: &paths[path].foldedPrefixLengths)
        } else {
            lengths.insert(text.bytes.count, into: &paths[path].prefixLengths)
        }
        insert(text, ignoringCase ? .foldedPrefix : .prefix, path: path, target)
    }

    private mutating func insertSuffix(_ text: ByteText, _ ignoringCase: Bool, path: PathID, _ target: Target) {
        let text = ignoringCase ? text.caseFolded : text
        if ignoringCase {
            lengths.insert(text.bytes.count, into: &paths[path].foldedSuffixLengths)
        } else {
            lengths.insert(text.bytes.count, into: &paths[path].suffixLengths)
        }
        insert(text, ignoringCase ? .foldedSuffix : .suffix, path: path, target)
    }

    private mutating func insert(_ number: NumberLiteral, path: PathID, _ target: Target) {
        guard let value = number.value else {
            insert(number.text, .numberText, path: path, target)
            return
        }
        withUnsafeBytes(of: value.bitPattern) { insert(Array($0), .number, path: path, target) }
    }

    private mutating func insert(_ range: NumericRange, path: PathID, _ target: Target) {
        let interval = IntervalSet.Interval(
            lower: range.lower?.nearest ?? -.infinity, upper: range.upper?.nearest ?? .infinity, target: target,
            range: RangeID(ranges.count))
        ranges.append(range)
        guard fewIntervals.count(paths[path].fewIntervals) >= IntervalList.limit else {
            paths[path].fewIntervals = fewIntervals.prepend(interval, to: paths[path].fewIntervals)
            return
        }
        if paths[path].intervals.isNone {
            paths[path].intervals = IntervalSetID(intervals.count)
            intervals.append(IntervalSet())
        }
        intervals[paths[path].intervals].insert(interval)
    }

    private mutating func insert(_ block: CIDRBlock, path: PathID, _ target: Target) {
        let isV4 = block.base.family == .v4
        if isV4 {
            lengths.insert(block.length, into: &paths[path].block4Lengths)
        } else {
            lengths.insert(block.length, into: &paths[path].block6Lengths)
        }
        withUnsafeBytes(of: AddressKey(block.base, length: block.length).bits) {
            insert(Array($0), isV4 ? .block4 : .block6, path: path, target)
        }
    }

    private mutating func insert(_ text: ByteText, _ kind: PathTests.Kind, path: PathID, _ target: Target) {
        insert(Array(text.bytes), kind, path: path, target)
    }

    mutating func insert(_ text: [UInt8], _ kind: PathTests.Kind, path: PathID, _ target: Target) {
        let entry = entry(of: text, kind, path: path)
        values.update(entry, value: lists.prepend(target, to: values.entries[entry].value))
    }

    /// The entry of a text, made if there is none.
    private mutating func entry(of text: [UInt8], _ kind: PathTests.Kind, path: PathID) -> Int {
        paths[path].kinds |= 1 << kind.rawValue
        let domain = paths[path].domain(kind)
        let seed = values.seed
        return text.withUnsafeBufferPointer { text in
            withBase(of: text) { base in
                let hash =
                    kind == .suffix || kind == .foldedSuffix
                    ? ByteHash.reversed(base, count: text.count, domain: domain, seed: seed)
                    : ByteHash.of(base, count: text.count, domain: domain, seed: seed)
                return values.insert(base, count: text.count, hash: hash, domain: domain)
            }
        }
    }

    /// How many targets a text has.
    func uses(of text: ArraySlice<UInt8>, _ kind: PathTests.Kind, path: PathID) -> Int32 {
        let domain = paths[path].domain(kind)
        return text.withUnsafeBufferPointer { text in
            withBase(of: text) { base in
                let hash =
                    kind == .suffix
                    ? ByteHash.reversed(base, count: text.count, domain: domain, seed: values.seed)
                    : ByteHash.of(base, count: text.count, domain: domain, seed: values.seed)
                return values.find(base, count: text.count, hash: hash, domain: domain)
                    .map { values.entries[$0].uses } ?? 0
            }
        }
    }
}
