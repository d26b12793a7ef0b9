import ArchiveProjectType
import ClusterRunner
import DirectoryProjectType
import Foundation
import GitProjectType

exit(await ClusterRunner.main(projectTypes: [ArchiveProjectType.self, DirectoryProjectType.self, GitProjectType.self]))
