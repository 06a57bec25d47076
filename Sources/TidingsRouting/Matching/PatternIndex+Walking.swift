extension PatternIndex {
    /// Reads an event: all of it, or as far as it takes to know the answer where the text was validated before.
    @inline(never)
    func readEvent(_ walk: inout EventWalk) throws(JSONError) {
        walk.cursor.skipWhitespace()
        guard walk.cursor.byte == 0x7B else { throw walk.cursor.notAnObject }
        try object(at: NameTrie.root, &walk)
        if !walk.isTrusted { try walk.cursor.finish() }
    }

    /// Reads a value at a node, and nothing behind it.
    @inline(__always)
    func value(at node: NodeID, _ walk: inout EventWalk) throws(JSONError) {
        let path = names.nodes[node].path
        let byte = walk.cursor.byte
        switch byte {
        case 0x7B:
            if names.nodes[node].filter != 0 { try object(at: node, &walk) } else { try skip(&walk) }
        case 0x5B:
            try array(at: node, &walk)
        case 0x22:
            let token = walk.isTrusted ? try walk.cursor.trustedString() : try walk.cursor.validString()
            if !path.isNone { try testString(token, paths[path], &walk) }
        default:
            try scalar(byte, path, &walk)
        }
    }

    private func scalar(_ byte: UInt8, _ path: PathID, _ walk: inout EventWalk) throws(JSONError) {
        if byte == 0x2D || byte &- 0x30 < 10 {
            let token = walk.isTrusted ? try walk.cursor.trustedScalar() : try walk.cursor.validNumber()
            if !path.isNone {
                testNumber(walk.cursor.base + token.start, count: token.count, paths[path], &walk)
            }
            return
        }
        try walk.cursor.validLiteral()
        guard !path.isNone else { return }
        let tests = paths[path]
        switch byte {
        case 0x74: testOther(tests, tests.isTrue, &walk)
        case 0x66: testOther(tests, tests.isFalse, &walk)
        default: testOther(tests, tests.null, &walk)
        }
    }

    /// Goes past a value that nobody asks for.
    @inline(__always)
    private func skip(_ walk: inout EventWalk) throws(JSONError) {
        if walk.isTrusted { try walk.cursor.trustedValue() } else { try walk.cursor.validValue() }
    }

    private func object(at node: NodeID, _ walk: inout EventWalk) throws(JSONError) {
        try walk.cursor.enter()
        walk.cursor.skipWhitespace()
        if walk.cursor.byte == 0x7D {
            walk.cursor.position += 1
            walk.cursor.depth -= 1
            return
        }
        while true {
            guard walk.cursor.byte == 0x22 else { throw walk.cursor.unexpected }
            let name = walk.isTrusted ? try walk.cursor.trustedString() : try walk.cursor.validString()
            try walk.cursor.colon()
            let child = try child(of: node, name, &walk)
            if child.isNone {
                try skip(&walk)
            } else {
                try value(at: child, &walk)
                if walk.isDecided { return }
            }
            walk.cursor.skipWhitespace()
            let byte = walk.cursor.byte
            guard byte == 0x2C || byte == 0x7D else { throw walk.cursor.unexpected }
            walk.cursor.position += 1
            if byte == 0x7D { break }
            walk.cursor.skipWhitespace()
        }
        walk.cursor.depth -= 1
    }

    private func array(at node: NodeID, _ walk: inout EventWalk) throws(JSONError) {
        try walk.cursor.enter()
        walk.cursor.skipWhitespace()
        if walk.cursor.byte == 0x5D {
            walk.cursor.position += 1
            walk.cursor.depth -= 1
            return
        }
        let outside = walk.place
        var array: Int32?
        while true {
            // Where scalars stand in an array does not matter, nor does anything to patterns of one field.
            if hasParts, walk.cursor.byte | 0x20 == 0x7B {
                let around = array ?? newPlace(in: outside, &walk)
                array = around
                walk.place = newPlace(in: around, &walk)
            }
            try value(at: node, &walk)
            walk.place = outside
            if walk.isDecided { return }
            walk.cursor.skipWhitespace()
            let byte = walk.cursor.byte
            guard byte == 0x2C || byte == 0x5D else { throw walk.cursor.unexpected }
            walk.cursor.position += 1
            if byte == 0x5D { break }
            walk.cursor.skipWhitespace()
        }
        walk.cursor.depth -= 1
    }

    private func newPlace(in parent: Int32, _ walk: inout EventWalk) -> Int32 {
        walk.scratch.consistency.places.append(in: parent)
    }

    /// Where a name leads, dots in it standing for several names.
    @inline(__always)
    private func child(
        of node: NodeID, _ name: JSONCursor.Token, _ walk: inout EventWalk
    ) throws(JSONError) -> NodeID {
        if name.isEscaped { return try childByEscapedName(of: node, name, &walk) }
        let start = walk.cursor.base + name.start
        let child = names.child(of: node, start, count: name.count)
        guard child.isNone, names.nodes[node].isDeep else { return child }
        return childByDottedName(of: node, start, count: name.count)
    }

    @inline(never)
    private func childByEscapedName(
        of node: NodeID, _ name: JSONCursor.Token, _ walk: inout EventWalk
    ) throws(JSONError) -> NodeID {
        try walk.cursor.unescape(name, into: &walk.scratch.name)
        return walk.scratch.name.withUnsafeBufferPointer { name in
            withBase(of: name) { childByDottedName(of: node, $0, count: name.count) }
        }
    }

    private func childByDottedName(of node: NodeID, _ name: UnsafePointer<UInt8>, count: Int) -> NodeID {
        var here = node
        var start = 0
        for place in 0...count where place == count || name[place] == 0x2E {
            here = names.child(of: here, name + start, count: place - start)
            guard !here.isNone else { return .none }
            start = place + 1
        }
        return here
    }
}
