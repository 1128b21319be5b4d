// Dockerfiles built by Buildah.
import { describeSteps, describeTool } from './builders-dockerfile-suite.ts';

describeTool('buildah');
describeSteps('buildah');
