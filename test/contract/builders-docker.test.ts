// Dockerfiles built by Docker.
import { describeTool } from './builders-dockerfile-suite.ts';

describeTool('docker');
