extension ContiguousArray<UInt8> {
    /// Adds a number, its lowest byte first.
    mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
