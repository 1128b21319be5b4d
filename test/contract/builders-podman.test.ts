// Dockerfiles built by Podman.
import { describeSteps, describeTool } from './builders-dockerfile-suite.ts';

describeTool('podman');
describeSteps('podman');
