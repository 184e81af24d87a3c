export type { VisibilityFilter as Viewer } from '../../store/tables/conditions.ts';
