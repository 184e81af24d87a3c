export type { Viewer } from '../../store/tables/conditions.ts';
