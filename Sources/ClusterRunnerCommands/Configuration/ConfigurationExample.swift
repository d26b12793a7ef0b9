/// The text of `clusterrunner.conf.example`, from which a missing `clusterrunner.conf` is created.
///
/// It is made from the table of keys, because an installed program does not have the file.
package enum ConfigurationExample {
    /// The text: every key commented out with its default, below one sentence.
    package static let text = preface + ConfigurationSection.allCases.map(section).joined()

    private static let preface = """
        ## The configuration of ClusterRunner. Each line below that is commented out shows its default.
        ##
        ## A key of [general] may also stand in [master] or [slave] and then holds for that service alone; a key of
        ## [master] or [slave] may also stand in [general]. The secret and [notify] stand where they are. A flag of the command
        ## line comes before the environment, the environment before this file. The environment names a key of [general]
        ## CLUSTERRUNNER_<KEY>, and others CLUSTERRUNNER_<SECTION>_<KEY>, such as CLUSTERRUNNER_MASTER_PORT (which also
        ## tells slaves and other commands the port of their master). An unknown name is an error.
        ##
        ## Quote a value that begins with a quote or holds " #". None is no value for keys without a default. Only the
        ## owner may be able to read this file: chmod 600; or root owns it, and the group of the service may read it:
        ## chown root:clusterrunner, chmod 640.

        """

    private static func section(_ section: ConfigurationSection) -> String {
        let keys = ConfigurationKey.table.filter { $0.home == section }
        return "\n[\(section.rawValue)]\n" + keys.map(entry).joined()
    }

    private static func entry(_ key: ConfigurationKey) -> String {
        let value = key.defaultText.map { " " + $0 } ?? ""
        return "\n## \(key.help)\n# \(key.name) =\(value)\n"
    }
}
