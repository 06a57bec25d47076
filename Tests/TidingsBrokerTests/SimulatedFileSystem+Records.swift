import TidingsLog
import TidingsTesting

extension SimulatedFileSystem {
    /// The kinds of the records that the log in a folder holds, in order, read from a copy of the disk.
    func recordKinds(in folder: String) throws -> [UInt8] {
        var options = LogOptions()
        options.segmentBytes = 1 << 20
        var kinds: [UInt8] = []
        let copy = afterPowerCut(.everything)
        try Log.open(directory: folder, options: options, fileSystem: copy) { _, record in
            kinds.append(record.withUnsafeBytes { $0[0] })
        }.close()
        return kinds
    }
}
