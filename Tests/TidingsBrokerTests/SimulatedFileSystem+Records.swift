import TidingsLog
import TidingsTesting

extension SimulatedFileSystem {
    /// How many records the log in a folder holds, read from a copy of the disk.
    func recordCount(in folder: String) throws -> Int {
        var options = LogOptions()
        options.segmentBytes = 1 << 20
        var count = 0
        try Log.open(directory: folder, options: options, fileSystem: afterPowerCut(.everything)) { _, _ in count += 1 }
            .close()
        return count
    }
}
