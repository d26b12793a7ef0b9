import ClusterRunner
import DirectoryProjectType
import Foundation
import GitProjectType

exit(await ClusterRunner.main(projectTypes: [DirectoryProjectType.self, GitProjectType.self]))
